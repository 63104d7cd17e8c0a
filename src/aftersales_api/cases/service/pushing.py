"""What a mobile form tool pushes about a visit: the form as it is, and the report if it holds one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from aftersales_api.cases.errors import FormUnfit, VisitUnknown
from aftersales_api.cases.models import VisitRow
from aftersales_api.cases.queries import work
from aftersales_api.cases.schemas import visits as shapes
from aftersales_api.cases.service import visiting
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import VISIT, VisitStatus
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import parse

V = VisitStatus
Shape = TypeVar("Shape", shapes.VisitForm, shapes.VisitComplete)
STEPS: Final = {V.EN_ROUTE: "depart", V.ON_SITE: "arrive", V.NO_ACCESS: "no_access", V.CANCELED: "cancel"}


@dataclass(frozen=True, slots=True)
class Push:
    """One push: which form, of which visit, what it reports and what else was filled in."""

    form_ref: str
    visit_id: str | None
    report: Mapping[str, Any]
    fields: Mapping[str, Any]
    media: Sequence[Mapping[str, Any]] = ()


async def push(tx: Session, said: Push, now: datetime, actor: str) -> VisitRow:
    """Take the form in, then the step or the report; a visit that is over keeps its report and takes the form only."""
    visit = await _visit(tx, said)
    form = _read(shapes.VisitForm, {"form_ref": said.form_ref, "fields": said.fields, "media": list(said.media)})
    deed = Deed.of(actor, now, by="system")
    visit = await visiting.take_form(tx, visit.id, form, deed)
    if V(visit.status) in (V.COMPLETED, V.NO_ACCESS, V.CANCELED):
        return visit
    status = said.report.get("status")
    if "outcome" in said.report:
        return await _complete(tx, visit, said.report, deed)
    if status is not None:
        return await _step(tx, visit, str(status), said.report.get("reason"), deed)
    return visit


async def _visit(tx: Session, said: Push) -> VisitRow:
    """By our id, else by the form that the visit is known to have."""
    visit_id = parse("vis", said.visit_id) if said.visit_id else None
    found = await work.visit_of_push(tx, visit_id, said.form_ref)
    if found is None:
        raise VisitUnknown
    return found


async def _complete(tx: Session, visit: VisitRow, report: Mapping[str, Any], deed: Deed) -> VisitRow:
    wish = _read(
        shapes.VisitComplete, {name: value for name, value in report.items() if name not in ("status", "reason")}
    )
    if "arrive" in VISIT.next(V(visit.status)):
        visit = await visiting.move(tx, visit.id, "arrive", deed)
    at = Deed.of(deed.actor, deed.now, wish.occurred_at, by="system")
    return await visiting.complete(tx, visit.id, wish, at)


async def _step(tx: Session, visit: VisitRow, status: str, reason: Any, deed: Deed) -> VisitRow:
    verb = STEPS.get(V(status)) if status in set(V) else None
    if verb is None or verb not in VISIT.next(V(visit.status)):
        return visit
    return await visiting.move(tx, visit.id, verb, deed, str(reason) if reason else None)


def _read(shape: type[Shape], said: Mapping[str, Any]) -> Shape:
    try:
        return shape.model_validate(said)
    except ValidationError as unfit:
        where = ", ".join(".".join(str(part) for part in each["loc"]) or "form" for each in unfit.errors()[:5])
        raise FormUnfit(where) from None
