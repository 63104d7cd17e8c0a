"""Structured logs: events with keys, no sentences, no personal data.

Ours go through structlog; those of libraries (the server, the event loop, the database pool) go through the same door and
lose their message arguments and exception texts there, because both may quote what a customer wrote.
"""

import logging
import sys
import warnings
from collections.abc import MutableMapping
from typing import Any

import structlog

from aftersales_api.infra import tracing

HIDDEN = frozenset(
    {
        *("authorization", "email", "phone", "token", "secret", "api_key", "password", "body", "url", "to", "name"),
        *("address", "customer", "payload", "headers", "query", "exception", "stack"),
    }
)


def _hide(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in HIDDEN & event.keys():
        event[key] = "[hidden]"
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    if isinstance(failure, BaseException):
        event["failure"] = _described(failure)
    return event


def _traced(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Which step of which story this line belongs to."""
    trace = tracing.current()
    if trace is not None:
        event["trace_id"], event["span_id"] = trace.trace_id, trace.span_id
    return event


def _described(failure: BaseException) -> str:
    from aftersales_api.infra.jobs import describe

    return describe(failure)


class _Plain(logging.Handler):
    """What libraries log, as one of our events: who, which sentence (without its values), which kind of failure."""

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[1] if record.exc_info else None
        facts = {"failure": _described(failure)} if failure is not None else {}
        say = structlog.get_logger().warning if record.levelno >= logging.WARNING else structlog.get_logger().info
        say("library", logger=record.name, said=_sentence(record), **facts)


def _sentence(record: logging.LogRecord) -> str:
    """The first line of the unfilled sentence; sentences that were filled before we see them are not kept."""
    if record.name.startswith(("uvicorn", "asyncio", "sqlalchemy.pool")):
        return str(record.msg).partition("\n")[0][:120]
    return type(record.msg).__name__ if not isinstance(record.msg, str) else record.funcName


def configure(level: str = "INFO") -> None:
    """JSON lines on standard error, one per event."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _traced,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), 20)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Plain()], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    warnings.simplefilter("ignore", ResourceWarning)
