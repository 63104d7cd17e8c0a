"""Tables of cases. Everything that clocks and numbers read is in `case_events`, which only grows."""

from aftersales_api.cases.models.case import (
    AssignmentRow,
    CaseEventRow,
    CaseOpeningRow,
    CaseRow,
    CategoryRow,
    CounterRow,
    LinkRow,
    MessageRow,
    ParticipantRow,
    StandingRow,
    TimerRow,
)
from aftersales_api.cases.models.files import AttachmentRow
from aftersales_api.cases.models.rules import (
    AutomationRow,
    AutomationRunRow,
    CannedReplyRow,
    CaseSettingsRow,
    EscalationRow,
    EscalationRuleRow,
    MacroRow,
)
from aftersales_api.cases.models.sla import (
    CalendarRow,
    CalendarVersionRow,
    ClockRow,
    PolicyRow,
    PolicyVersionRow,
    SlaEventRow,
)
from aftersales_api.cases.models.staff import AgentRow, CostEntryRow, TeamMemberRow, TeamRow, TimeEntryRow, VisitRow

__all__ = [
    "AgentRow",
    "AssignmentRow",
    "AttachmentRow",
    "AutomationRow",
    "AutomationRunRow",
    "CalendarRow",
    "CalendarVersionRow",
    "CannedReplyRow",
    "CaseEventRow",
    "CaseOpeningRow",
    "CaseRow",
    "CaseSettingsRow",
    "CategoryRow",
    "ClockRow",
    "CostEntryRow",
    "CounterRow",
    "EscalationRow",
    "EscalationRuleRow",
    "LinkRow",
    "MacroRow",
    "MessageRow",
    "ParticipantRow",
    "PolicyRow",
    "PolicyVersionRow",
    "SlaEventRow",
    "StandingRow",
    "TeamMemberRow",
    "TeamRow",
    "TimeEntryRow",
    "TimerRow",
    "VisitRow",
]
