"""The step of a story that is being done: taken from a caller's `traceparent`, logged, kept with jobs, sent on with calls.

Without a recorder a step costs two random numbers. `infra/otel.py` is a recorder; it is an extra.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

from aftersales_api.kit import traces
from aftersales_api.kit.traces import Trace


class Kind(StrEnum):
    """What a step is to the one before it, in OpenTelemetry's words."""

    SERVER = "server"
    CONSUMER = "consumer"
    CLIENT = "client"


class Step(Protocol):
    """A recorded step."""

    trace: Trace

    def note(self, **facts: str | int) -> None: ...

    def end(self, failure: BaseException | None) -> None: ...


class Recorder(Protocol):
    """Whoever writes steps down."""

    def begin(self, name: str, kind: Kind, parent: Trace | None, links: Iterable[Trace]) -> Step: ...


class _Unrecorded:
    def __init__(self, parent: Trace | None) -> None:
        self.trace = traces.step(parent)

    def note(self, **facts: str | int) -> None:
        """Nobody reads it."""

    def end(self, failure: BaseException | None) -> None:
        """Nobody waits for it."""


_current: ContextVar[Step | None] = ContextVar("step", default=None)
_recorders: list[Recorder] = []


def record_with(recorder: Recorder) -> Callable[[], None]:
    """Write steps down from now on, until the answer is called."""
    _recorders.append(recorder)
    return lambda: _recorders.remove(recorder)


def current() -> Trace | None:
    """Where the work at hand stands."""
    step = _current.get()
    return None if step is None else step.trace


def header() -> str | None:
    """The same as the value of `traceparent`."""
    trace = current()
    return None if trace is None else trace.header


def note(**facts: str | int) -> None:
    """Facts about the step at hand; `name` renames it. Never personal data."""
    step = _current.get()
    if step is not None:
        step.note(**facts)


@contextmanager
def step(
    name: str, kind: Kind, parent: Trace | None = None, *, links: Iterable[Trace] = (), is_inner: bool = False
) -> Iterator[Trace]:
    """One step; an inner one goes on from the step at hand."""
    before = current() if is_inner else parent
    begun: Step = _recorders[-1].begin(name, kind, before, links) if _recorders else _Unrecorded(before)
    token = _current.set(begun)
    try:
        yield begun.trace
    except BaseException as failure:
        begun.end(failure)
        raise
    else:
        begun.end(None)
    finally:
        _current.reset(token)
