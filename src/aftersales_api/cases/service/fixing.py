"""Jobs of field visits: which were fixed in the first one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aftersales_api.cases.policy.fieldwork import Job, VisitSeen, jobs
from aftersales_api.cases.policy.figures import percent, ratio, shown
from aftersales_api.cases.policy.words import VisitOutcome
from aftersales_api.cases.queries import work
from aftersales_api.cases.schemas import metrics as shapes
from aftersales_api.cases.service import seeing
from aftersales_api.cases.service.measuring import Question, names_of, question
from aftersales_api.cases.states import VisitStatus
from aftersales_api.infra.db import Session


async def first_time_fix(tx: Session, wish: shapes.SupportAsked, now: datetime) -> shapes.FirstTimeFix:
    """Jobs fixed in the first visit out of jobs completed in the period."""
    asked = await question(tx, wish, now)
    found = await jobs_found(tx, asked)
    return shapes.FirstTimeFix(
        **asked.head("jobs fixed in visit 1 / jobs completed; visits without access do not count"),
        anchor="completed_at of the last visit",
        **_fixed(found),
        group_by=asked.group_by,
        groups=await _groups(tx, asked, found),
        rows=[
            shapes.JobRow(
                first_visit_id=job.first_id,
                case_id=job.case_id,
                visits=job.visits,
                outcome=job.outcome,
                completed_at=job.completed_at,
                fixed_at_once=job.is_fixed_at_once,
            )
            for job in found
        ],
    )


def _fixed(found: Sequence[Job]) -> dict[str, Any]:
    at_once, visits = sum(job.is_fixed_at_once for job in found), sum(job.visits for job in found)
    return {
        "jobs": len(found),
        "fixed_in_first_visit": at_once,
        "value": percent(ratio(at_once, len(found))),
        "visits": visits,
        "visits_per_job": shown(ratio(visits, len(found))),
    }


async def _groups(tx: Session, asked: Question, found: Sequence[Job]) -> list[shapes.FixedGroup]:
    if asked.group_by is None:
        return []
    keys = await seeing.keys_of(tx, [job.case_id for job in found])
    parts: dict[str, list[Job]] = {}
    for job in found:
        for key in keys[job.case_id][asked.group_by.value] or ["none"]:
            parts.setdefault(key, []).append(job)
    names = await names_of(tx, asked.group_by)
    return [shapes.FixedGroup(key=key, label=names.get(key), **_fixed(part)) for key, part in sorted(parts.items())]


async def jobs_found(tx: Session, asked: Question) -> list[Job]:
    """The jobs completed in the period, of cases that are in the population and fit the filters."""
    scope = asked.scope
    ids = await work.cases_visited(tx, scope.start, scope.until)
    fitting = await seeing.fitting(tx, ids, scope)
    found = jobs(
        VisitSeen(
            row.id,
            row.case_id,
            VisitStatus(row.status),
            VisitOutcome(row.outcome) if row.outcome else None,
            row.next_visit_id,
            row.completed_at,
        )
        for row in await work.visits_of(tx, fitting)
    )
    return [job for job in found if scope.start <= job.completed_at < scope.until]
