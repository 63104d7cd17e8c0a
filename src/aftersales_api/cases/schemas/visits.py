"""Field visits on the wire."""

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.cases.models import VisitRow
from aftersales_api.cases.policy.words import VisitOutcome
from aftersales_api.cases.schemas.cases import Reason, plain
from aftersales_api.cases.schemas.files import Attachment, AttachmentShown
from aftersales_api.cases.schemas.ids import AgentId, CaseId, RepairId, VisitId
from aftersales_api.cases.states import VISIT, VisitStatus
from aftersales_api.kit.wire import Bool, Count, Input, Instant, Int, Line, MoneyAmount, Output, Short
from aftersales_api.web import Page


class VisitPart(Input):
    name: Line
    sku: Short | None = None
    quantity: Annotated[Int, Field(ge=1, le=10_000)] = 1
    unit_cost: MoneyAmount | None = None


class VisitWindow(Input):
    window_from: Instant
    window_to: Instant
    technician_id: AgentId | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.window_from >= self.window_to:
            raise ValueError("a window ends after it begins")
        return self


class VisitCreate(VisitWindow):
    """A visit to be made; a new, open or pending case then waits for it on hold."""

    case_id: CaseId
    repair_id: RepairId | None = None
    form_ref: Line | None = Field(None, description="Id of the form in a mobile form tool")
    holds_case: Bool = True


class VisitUpdate(Input):
    window_from: Instant | None = None
    window_to: Instant | None = None
    technician_id: AgentId | None = None
    form_ref: Line | None = None


class VisitMove(Input):
    reason: Reason | None = None
    occurred_at: Instant | None = None


class VisitComplete(Input):
    outcome: VisitOutcome
    report: Annotated[str, StringConstraints(max_length=50_000)] | None = None
    travel_minutes: Annotated[Int, Field(ge=0, le=10_000)] = 0
    on_site_minutes: Annotated[Int, Field(ge=0, le=10_000)] = 0
    parts_used: Annotated[list[VisitPart], Field(max_length=100)] = Field(default_factory=list)
    parts_needed: Annotated[list[VisitPart], Field(max_length=100)] = Field(default_factory=list)
    media: Annotated[list[Attachment], Field(max_length=50)] = Field(
        default_factory=list, description="Signature, photos"
    )
    next_visit: VisitWindow | None = Field(None, description="Required with part_needed, unless there is a reason")
    next_visit_id: VisitId | None = Field(
        None, description="Instead of `next_visit`: one of the case that is planned already"
    )
    no_next_visit_reason: Reason | None = None
    occurred_at: Instant | None = None

    @model_validator(mode="after")
    def _one_next(self) -> Self:
        if self.next_visit is not None and self.next_visit_id is not None:
            raise ValueError("a next visit is planned, or was planned already")
        return self


class VisitForm(Input):
    """What a mobile form tool sends: its data id, the fields as they are, and files."""

    form_ref: Line
    fields: Annotated[dict[Short, Any], Field(max_length=500)] = Field(default_factory=dict)
    media: Annotated[list[Attachment], Field(max_length=50)] = Field(default_factory=list)


class PartShown(Output):
    name: str
    sku: str | None
    quantity: int
    unit_cost: MoneyAmount | None


class Visit(Output):
    """A technician at the customer's door. `next` are the verbs legal now."""

    id: VisitId
    number: int
    case_id: CaseId
    origin_case_id: CaseId
    repair_id: RepairId | None
    technician_id: AgentId | None
    window_from: Instant
    window_to: Instant
    status: VisitStatus
    next: list[str]
    outcome: VisitOutcome | None
    report: str | None
    form_ref: str | None
    form_fields: dict[str, Any] | None
    media: list[AttachmentShown]
    travel_minutes: Count | None
    on_site_minutes: Count | None
    parts_used: list[PartShown]
    parts_needed: list[PartShown]
    next_visit_id: VisitId | None
    no_next_visit_reason: str | None
    completed_at: Instant | None
    created_at: Instant
    version: int

    @classmethod
    def of(cls, row: VisitRow) -> "Visit":
        return cls.model_validate({**plain(row), "next": VISIT.next(VisitStatus(row.status))})


class VisitPage(Page[Visit]):
    """Visits, newest first."""
