"""The shop's choices for its cases, each with a default that is safe."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


def _weights() -> dict[str, int]:
    return {"chat": 2, "phone": 2, "email": 1}


@dataclass(frozen=True, slots=True)
class CaseChoices:
    """`None` switches a rule off."""

    reopen_window_days: int = 14
    resolve_pending_after_days: int | None = None
    return_unanswered_after_minutes: int | None = None
    return_on_offline: bool = True
    keeps_thanks_resolved: bool = False
    session_gap_minutes: int = 30
    live_channels: list[str] = field(default_factory=lambda: ["chat", "phone"])
    channel_weights: dict[str, int] = field(default_factory=_weights)
    acknowledges: bool = False
    auto_merge_within_minutes: int | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> "CaseChoices":
        """From what was stored; members stored by another release are left out."""
        names = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in (stored or {}).items() if name in names})

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    def weight(self, channel: str) -> int:
        """How much of an agent's capacity a case of this channel takes."""
        return self.channel_weights.get(channel, 1)
