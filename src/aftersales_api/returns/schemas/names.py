"""Ids and small types of returns as clients see them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from aftersales_api.kit.wire import Input, Line, Prose, Url
from aftersales_api.web import IdOf
from aftersales_api.web.acting import ActorSaid

ReturnId = Annotated[UUID, IdOf("ret")]
ReturnItemId = Annotated[UUID, IdOf("rti")]
ReceiptId = Annotated[UUID, IdOf("rcp")]
InspectionId = Annotated[UUID, IdOf("ins")]
ReturnShipmentId = Annotated[UUID, IdOf("rsh")]
WithdrawalId = Annotated[UUID, IdOf("wdr")]
ExchangeId = Annotated[UUID, IdOf("exc")]
ClaimId = Annotated[UUID, IdOf("clm")]
RefundId = Annotated[UUID, IdOf("rfd")]
ReasonId = Annotated[UUID, IdOf("rrn")]
PolicyVersionId = Annotated[UUID, IdOf("rpv")]
SimulationId = Annotated[UUID, IdOf("sim")]
OrderId = Annotated[UUID, IdOf("ord")]
OrderLineId = Annotated[UUID, IdOf("oli")]
PaymentId = Annotated[UUID, IdOf("pay")]
CustomerId = Annotated[UUID, IdOf("cus")]
CaseId = Annotated[UUID, IdOf("cas")]
ShipmentId = Annotated[UUID, IdOf("shi")]
MessageId = Annotated[UUID, IdOf("msg")]
EventId = Annotated[UUID, IdOf("evt")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[a-z0-9_]+$")]
Serial = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Files = Annotated[list[Url], Field(max_length=20)]
Refs = Annotated[dict[Code, Line], Field(max_length=20)]


class Verb(Input):
    """What every verb takes: who does it, and why."""

    actor: ActorSaid | None = None
    reason: Prose | None = None
