"""Other promises for a log: the same events, a draft in place of what was promised. Nothing here is written anywhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.policy.clock import ClockReading
from aftersales_api.cases.policy.clocks import FIRST, Versions
from aftersales_api.cases.policy.promises import terms_for
from aftersales_api.cases.policy.timeline import CaseFact, Facts
from aftersales_api.cases.policy.words import ClockState, FactType, Target
from aftersales_api.kit.business_hours import BusinessCalendar, Opening

DRAFT: Final = UUID(int=2**128 - 1)
"""Stands for the version of a draft calendar."""
Weekly = Mapping[int, tuple[Opening, ...]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is tried: other targets, another calendar, other weekly hours; each alone or together."""

    targets: Sequence[Mapping[str, Any]] | None = None
    calendar: BusinessCalendar | None = None
    staffing: Weekly | None = None

    def versions(self, known: Versions) -> Versions:
        """The calendars that the draft counts by."""
        calendars = dict(known.calendars)
        if self.staffing is not None:
            staffed = self.staffing
            calendars = {key: BusinessCalendar(each.zone, staffed, each.special) for key, each in calendars.items()}
        if self.calendar is not None:
            calendars[DRAFT] = self.calendar
        return Versions(calendars, known.always)

    def facts(self, said: Facts, priority: str, newest: Mapping[str, UUID], *, applies: bool) -> Facts:
        """The same log with the draft's promises, for cases the draft applies to."""
        return {case_id: self._log(log, priority, newest, applies=applies) for case_id, log in said.items()}

    def _log(
        self, log: Sequence[CaseFact], priority: str, newest: Mapping[str, UUID], *, applies: bool
    ) -> Sequence[CaseFact]:
        promised = [fact for fact in log if fact.type == FactType.TERMS_SET and fact.after.get("mode") != "reapply"]
        others = [fact for fact in log if fact.type != FactType.TERMS_SET]
        if self.targets is None or not applies:
            return [*others, *(self._retold(fact, self._recalendared) for fact in promised)]
        targets = self.targets

        def drafted(said: Mapping[str, Any]) -> dict[str, Any]:
            found = terms_for(targets, said.get("priority", priority), newest)
            return self._recalendared({"targets": found})

        opened = next((fact for fact in others if fact.type == FactType.OPENED), None)
        if opened is None:
            return others
        first = promised[0] if promised else CaseFact(opened.case_id, FIRST, opened.at, FactType.TERMS_SET, {})
        if first.after.get("mode") != "initial":
            first = CaseFact(
                opened.case_id, FIRST, opened.at, FactType.TERMS_SET, {"mode": "initial", "priority": priority}
            )
            promised = [first, *promised]
        return [*others, *(self._retold(fact, drafted) for fact in promised)]

    def _retold(self, fact: CaseFact, tell: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> CaseFact:
        said = {**fact.after, **tell(fact.after)}
        return replace(fact, after={**said, "mode": fact.after.get("mode", "initial")})

    def _recalendared(self, said: Mapping[str, Any]) -> dict[str, Any]:
        if self.calendar is None:
            return dict(said)
        targets = said.get("targets", {})
        return {
            **said,
            "targets": {name: {**one, "calendar_version_id": str(DRAFT)} for name, one in targets.items()},
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """One clock as it was and as it would have been; None where there was no such promise."""

    target: Target
    instance_no: int
    was: ClockReading | None
    would: ClockReading | None

    @property
    def verdicts(self) -> tuple[ClockState | None, ClockState | None]:
        return _verdict(self.was), _verdict(self.would)

    @property
    def is_changed(self) -> bool:
        was, would = self.verdicts
        return was is not would


def _verdict(reading: ClockReading | None) -> ClockState | None:
    return reading.state if reading is not None and reading.is_decided else None


def compared(was: Sequence[ClockReading], would: Sequence[ClockReading]) -> list[Compared]:
    """The same clocks side by side."""
    old = {(each.target, each.instance_no): each for each in was}
    new = {(each.target, each.instance_no): each for each in would}
    return [Compared(key[0], key[1], old.get(key), new.get(key)) for key in sorted({*old, *new})]
