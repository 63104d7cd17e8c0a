"""Ids, small types and verbs of warranties."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from aftersales_api.kit.wire import Input, Line, Prose, Url
from aftersales_api.web import IdOf
from aftersales_api.web.acting import ActorSaid

PlanId = Annotated[UUID, IdOf("wpl")]
RegistrationId = Annotated[UUID, IdOf("war")]
WarrantyClaimId = Annotated[UUID, IdOf("wcl")]
RepairId = Annotated[UUID, IdOf("rep")]
AppointmentId = Annotated[UUID, IdOf("apt")]
RefundId = Annotated[UUID, IdOf("rfd")]
OrderId = Annotated[UUID, IdOf("ord")]
OrderLineId = Annotated[UUID, IdOf("oli")]
CustomerId = Annotated[UUID, IdOf("cus")]
Serial = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[a-z0-9_]+$")]
Files = Annotated[list[Url], Field(max_length=20)]
Words = Annotated[list[Line], Field(max_length=100)]
Months = Annotated[int, Field(strict=True, ge=0, le=600)]
Remedy = Annotated[str, Field(pattern="^(repair|replacement|refund|price_reduction)$", max_length=16)]


class Verb(Input):
    """What every verb takes: who does it, and why."""

    actor: ActorSaid | None = None
    reason: Prose | None = None
