"""Ids of cases as clients see them."""

from typing import Annotated
from uuid import UUID

from aftersales_api.web import IdOf

CaseId = Annotated[UUID, IdOf("cas")]
MessageId = Annotated[UUID, IdOf("cme")]
CaseEventId = Annotated[UUID, IdOf("cev")]
CategoryId = Annotated[UUID, IdOf("cat")]
ParticipantId = Annotated[UUID, IdOf("par")]
LinkId = Annotated[UUID, IdOf("lnk")]
AssignmentId = Annotated[UUID, IdOf("asg")]
TeamId = Annotated[UUID, IdOf("tea")]
AgentId = Annotated[UUID, IdOf("agt")]
CalendarId = Annotated[UUID, IdOf("cal")]
CalendarVersionId = Annotated[UUID, IdOf("calv")]
PolicyId = Annotated[UUID, IdOf("slp")]
PolicyVersionId = Annotated[UUID, IdOf("slpv")]
ClockId = Annotated[UUID, IdOf("sla")]
SlaEventId = Annotated[UUID, IdOf("sle")]
MacroId = Annotated[UUID, IdOf("mac")]
CannedReplyId = Annotated[UUID, IdOf("can")]
AutomationId = Annotated[UUID, IdOf("aut")]
AutomationRunId = Annotated[UUID, IdOf("aur")]
EscalationRuleId = Annotated[UUID, IdOf("esr")]
EscalationId = Annotated[UUID, IdOf("esc")]
VisitId = Annotated[UUID, IdOf("vis")]
TimeEntryId = Annotated[UUID, IdOf("tim")]
CostEntryId = Annotated[UUID, IdOf("cos")]
CustomerId = Annotated[UUID, IdOf("cus")]
OrderId = Annotated[UUID, IdOf("ord")]
OrderLineId = Annotated[UUID, IdOf("oli")]
ProductId = Annotated[UUID, IdOf("prd")]
ShipmentId = Annotated[UUID, IdOf("shi")]
ReturnId = Annotated[UUID, IdOf("ret")]
ResponseId = Annotated[UUID, IdOf("rsp")]
RepairId = Annotated[UUID, IdOf("rpr")]
