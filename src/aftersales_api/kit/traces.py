"""W3C Trace Context (https://www.w3.org/TR/trace-context/): where a piece of work stands in the story that somebody began."""

import random
import re
from dataclasses import dataclass

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
SAMPLED = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """One step of a story: `trace_id` is the story's (32 hex digits), `span_id` the step's (16)."""

    trace_id: str
    span_id: str
    flags: int = SAMPLED

    @property
    def header(self) -> str:
        """The value of `traceparent`."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"


def parse(header: str | None) -> Trace | None:
    """The step a `traceparent` names; None when it is malformed, as the recommendation asks (a new story begins)."""
    found = _FORM.fullmatch(header or "")
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Trace(trace_id, span_id, int(flags, 16) & SAMPLED)


def step(parent: Trace | None) -> Trace:
    """The next step of the parent's story, or the first of a new one."""
    span_id = f"{random.getrandbits(64) or 1:016x}"
    if parent is None:
        return Trace(f"{random.getrandbits(128) or 1:032x}", span_id)
    return Trace(parent.trace_id, span_id, parent.flags)
