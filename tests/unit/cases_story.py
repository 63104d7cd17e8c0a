"""A case told in a few lines of wall time: the log that clocks, explanations and metrics read."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales_api.cases.policy.clock import ClockReading
from aftersales_api.cases.policy.clocks import Versions, readings
from aftersales_api.cases.policy.timeline import CaseFact, timeline
from aftersales_api.kit.business_hours import BusinessCalendar, Opening, SpecialDay

MADRID = "Europe/Madrid"
STD_ID, SPLIT_ID, EDITED_ID, POLICY_ID = (UUID(int=number) for number in (901, 902, 903, 910))
HOLIDAYS = {
    date(2026, 1, 1): "Año Nuevo",
    date(2026, 1, 6): "Reyes",
    date(2026, 4, 2): "Jueves Santo",
    date(2026, 4, 3): "Viernes Santo",
    date(2026, 5, 1): "Fiesta del Trabajo",
    date(2026, 10, 12): "Fiesta Nacional",
    date(2026, 12, 8): "Inmaculada",
    date(2026, 12, 25): "Navidad",
}


def week(*openings: tuple[str, str], days: range = range(5)) -> dict[int, tuple[Opening, ...]]:
    return dict.fromkeys(days, tuple(Opening.parse(*each) for each in openings))


STD = BusinessCalendar(MADRID, week(("09:00", "18:00")), {day: SpecialDay(name) for day, name in HOLIDAYS.items()})
SPLIT_SHIFT = BusinessCalendar(MADRID, week(("09:00", "14:00"), ("16:00", "19:00")))
VERSIONS = Versions({STD_ID: STD, SPLIT_ID: SPLIT_SHIFT}, BusinessCalendar.always(MADRID))


def at(wall: str) -> datetime:
    """`2026-06-05 16:30` on a clock in Madrid."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(MADRID)).astimezone(UTC)


def promise(hours: float, calendar: UUID | None = STD_ID, pause_on: tuple[str, ...] = (), percent: int = 75) -> dict:
    return {
        "seconds": round(hours * 3600),
        "calendar_version_id": str(calendar) if calendar else None,
        "at_risk_percent": percent,
        "pause_on": list(pause_on),
    }


class Story:
    """Cases and what happened to them, in the order it is told."""

    def __init__(self, versions: Versions = VERSIONS) -> None:
        self.facts: dict[UUID, list[CaseFact]] = {}
        self.versions = versions
        self._next = 0

    def tell(self, case: int, wall: str | datetime, type_: str, **after) -> UUID:
        self._next += 1
        when = at(wall) if isinstance(wall, str) else wall
        fact = CaseFact(UUID(int=case), UUID(int=10_000 + self._next), when, type_, after)
        self.facts.setdefault(fact.case_id, []).append(fact)
        return fact.id

    def opens(self, case: int, wall, initiator: str = "customer", status: str = "new", **targets) -> None:
        self.tell(case, wall, "opened", initiator=initiator, status=status, channel="email")
        self.terms(case, wall, "initial", **targets)

    def terms(self, case: int, wall, mode: str, **targets) -> None:
        self.tell(case, wall, "terms_set", mode=mode, policy_version_id=str(POLICY_ID), targets=targets)

    def says(self, case: int, wall, kind: str = "customer_message", author: str = "customer", **more) -> UUID:
        self._next += 1
        message = UUID(int=50_000 + self._next)
        said = {"message_id": str(message), "kind": kind, "author_type": author, "channel": "email"}
        self.tell(case, wall, "message_added", **said, contact=kind == "customer_message", **more)
        return message

    def replies(self, case: int, wall) -> UUID:
        return self.says(case, wall, "public_reply", "agent")

    def moves(self, case: int, wall, status: str, verb: str = "open", **more) -> None:
        self.tell(case, wall, "status_changed", status=status, verb=verb, by="agent", **more)

    def clocks(self, case: int, as_of) -> list[ClockReading]:
        return readings(UUID(int=case), self.facts, self.versions, at(as_of) if isinstance(as_of, str) else as_of)

    def clock(self, case: int, target: str, as_of, instance: int | None = None) -> ClockReading:
        found = [each for each in self.clocks(case, as_of) if each.target == target]
        return found[-1] if instance is None else found[instance - 1]

    def timeline(self, case: int, as_of: str):
        return timeline(UUID(int=case), self.facts, at(as_of))
