"""Macros, canned replies, automations, escalations and settings on the wire."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.cases.models import CaseSettingsRow, EscalationRow
from aftersales_api.cases.policy.choices import CaseChoices
from aftersales_api.cases.policy.words import AutomationFamily, CaseChannel, CaseType, EscalationOn, Priority, Target
from aftersales_api.cases.schemas.cases import Code, Move, Reason, Tags, plain
from aftersales_api.cases.schemas.context import CaseAnswer
from aftersales_api.cases.schemas.ids import (
    AgentId,
    AutomationId,
    AutomationRunId,
    CannedReplyId,
    CaseId,
    CategoryId,
    EscalationId,
    EscalationRuleId,
    MacroId,
    TeamId,
)
from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.wire import Bool, Input, Instant, Int, Locale, Output, Short
from aftersales_api.web import Page, Whole

Wording = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Texts = Annotated[dict[Locale, Wording], Field(max_length=40)]


class SetStatus(Input):
    do: Literal["set_status"]
    status: Literal["open", "pending", "on_hold", "resolved"]
    reason: Reason | None = None
    resolution_code: Code | None = None

    @model_validator(mode="after")
    def _complete(self) -> "SetStatus":
        if self.status == "on_hold" and not self.reason:
            raise ValueError("on_hold needs a reason")
        if self.status == "resolved" and not self.resolution_code:
            raise ValueError("resolved needs a resolution_code")
        return self


class SetPriority(Input):
    do: Literal["set_priority"]
    priority: Priority


class RaisePriority(Input):
    do: Literal["raise_priority"]


class SetType(Input):
    do: Literal["set_type"]
    type: CaseType


class SetCategory(Input):
    do: Literal["set_category"]
    category_id: CategoryId


class AddTags(Input):
    do: Literal["add_tags"]
    tags: Tags


class RemoveTags(Input):
    do: Literal["remove_tags"]
    tags: Tags


class Assign(Input):
    do: Literal["assign"]
    team_id: TeamId | None = None
    agent_id: AgentId | None = None


class SendReply(Input):
    """A public text by rule; it is no answer of a human agent."""

    do: Literal["reply"]
    texts: Texts


class LeaveNote(Input):
    do: Literal["note"]
    text: Wording


class AddFollower(Input):
    do: Literal["add_follower"]
    agent_id: AgentId


class Notify(Input):
    """A mail to agents and a team; where none is named, to the assignee, else the case's team, else the shop's own address."""

    do: Literal["notify"]
    agent_ids: Annotated[list[AgentId], Field(max_length=50)] = Field(default_factory=list)
    team_id: TeamId | None = None
    text: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = None


class CallWebhook(Input):
    """Marks the event, so that a webhook can be bound to it."""

    do: Literal["webhook"]


class MarkSpam(Input):
    do: Literal["mark_spam"]


Action = Annotated[
    SetStatus
    | SetPriority
    | RaisePriority
    | SetType
    | SetCategory
    | AddTags
    | RemoveTags
    | Assign
    | SendReply
    | LeaveNote
    | AddFollower
    | Notify
    | CallWebhook
    | MarkSpam,
    Field(discriminator="do"),
]
Actions = Annotated[list[Action], Field(min_length=1, max_length=20)]


class MacroCreate(Input):
    """Ordered actions and a text in several languages, applied at once by an agent."""

    name: Short
    actions: Annotated[list[Action], Field(max_length=20)] = Field(default_factory=list)
    texts: Texts = Field(default_factory=dict, description="Sent as the agent's own answer, in the case's language")
    active: Bool = True


class MacroUpdate(Input):
    name: Short | None = None
    actions: Annotated[list[Action], Field(max_length=20)] | None = None
    texts: Texts | None = None
    active: Bool | None = None


class Macro(Output):
    id: MacroId
    name: str
    actions: list[dict[str, Any]]
    texts: dict[str, str]
    active: bool
    created_at: Instant
    version: int


class MacroPage(Page[Macro]):
    """Macros, newest first."""


class MacroApply(Move):
    macro_id: MacroId


class CannedReplyCreate(Input):
    name: Short
    texts: Annotated[dict[Locale, Wording], Field(min_length=1, max_length=40)]
    tags: Tags = Field(default_factory=list)


class CannedReplyUpdate(Input):
    name: Short | None = None
    texts: Annotated[dict[Locale, Wording], Field(min_length=1, max_length=40)] | None = None
    tags: Tags | None = None


class CannedReply(Output):
    id: CannedReplyId
    name: str
    texts: dict[str, str]
    tags: list[str]
    created_at: Instant
    version: int


class CannedReplyPage(Page[CannedReply]):
    """Canned replies, newest first."""


TriggerEvent = Literal[
    "case.opened",
    "case.message_added",
    "case.status_changed",
    "case.updated",
    "case.assigned",
    "case.resolved",
    "case.reopened",
    "case.closed",
]


class After(Input):
    """So many minutes after something of the case."""

    since: Literal["opened_at", "status_since", "last_customer_message_at", "last_reply_at", "last_resolved_at"]
    minutes: Annotated[Int, Field(ge=1, le=1_051_200)]


class AutomationCreate(Input):
    """A trigger runs on an event, at once, once per event. A timed rule runs at an exact instant and must end itself."""

    name: Short
    family: AutomationFamily
    on_event: TriggerEvent | None = Field(None, description="For triggers")
    after: After | None = Field(None, description="For timed rules")
    condition: Condition | None = None
    actions: Actions
    position: Annotated[Int, Field(ge=0)] = 0
    active: Bool = True

    @model_validator(mode="after")
    def _one_family(self) -> "AutomationCreate":
        is_trigger = self.family is AutomationFamily.TRIGGER
        if is_trigger != (self.on_event is not None) or is_trigger == (self.after is not None):
            raise ValueError("a trigger has on_event, a timed rule has after")
        return self


class AutomationUpdate(Input):
    name: Short | None = None
    condition: Condition | None = None
    actions: Actions | None = None
    after: After | None = None
    position: Annotated[Int, Field(ge=0)] | None = None
    active: Bool | None = None


class Automation(Output):
    id: AutomationId
    name: str
    family: AutomationFamily
    on_event: str | None
    after: dict[str, Any] | None
    condition: dict[str, Any] | None
    actions: list[dict[str, Any]]
    position: int
    active: bool
    created_at: Instant
    version: int


class AutomationPage(Page[Automation]):
    """Automations, newest first; `position` is their order."""


class AutomationRun(Output):
    """A rule had its turn on a case."""

    id: AutomationRunId
    automation_id: AutomationId
    case_id: CaseId
    run_at: Instant
    outcome: Literal["applied", "skipped"]
    detail: dict[str, Any]
    created_at: Instant


class AutomationRunPage(Page[AutomationRun]):
    """What rules did on a case, newest first."""


class EscalationRuleCreate(Input):
    """Fires at most once for each clock instance; waits for the clock's calendar to open unless the target is 24×7."""

    name: Short
    fires_on: EscalationOn
    target: Target | None = Field(None, description="For at_risk and breach; default: any")
    threshold: Annotated[Int, Field(ge=-100, le=1_051_200)] | None = Field(
        None, description="age: minutes since the first contact; reopen: how often; sentiment: this or lower"
    )
    condition: Condition | None = None
    actions: Actions
    active: Bool = True

    @model_validator(mode="after")
    def _complete(self) -> "EscalationRuleCreate":
        counted = self.fires_on in (EscalationOn.AGE, EscalationOn.REOPEN, EscalationOn.SENTIMENT)
        if counted != (self.threshold is not None):
            raise ValueError("age, reopen and sentiment have a threshold; at_risk and breach have none")
        return self


class EscalationRuleUpdate(Input):
    name: Short | None = None
    threshold: Annotated[Int, Field(ge=-100, le=1_051_200)] | None = None
    condition: Condition | None = None
    actions: Actions | None = None
    active: Bool | None = None


class EscalationRule(Output):
    id: EscalationRuleId
    name: str
    fires_on: EscalationOn
    target: Target | None
    threshold: int | None
    condition: dict[str, Any] | None
    actions: list[dict[str, Any]]
    active: bool
    created_at: Instant
    version: int


class EscalationRulePage(Page[EscalationRule]):
    """Escalation rules, newest first."""


class Escalation(Output):
    """A rule fired on a case, or waits for the doors to open."""

    id: EscalationId
    rule_id: EscalationRuleId
    case_id: CaseId
    occasion: str
    caused_at: Instant
    fire_at: Instant
    fired_at: Instant | None
    outcome: Literal["waiting", "fired", "skipped"]

    @classmethod
    def of(cls, row: EscalationRow) -> "Escalation":
        return cls.model_validate(plain(row))


class Escalations(Whole[Escalation]):
    """All of them, in one page."""


class CaseSettingsUpdate(Input):
    reopen_window_days: Annotated[Int, Field(ge=0, le=3650)] | None = None
    resolve_pending_after_days: Annotated[Int, Field(ge=1, le=3650)] | None = None
    return_unanswered_after_minutes: Annotated[Int, Field(ge=1, le=1_051_200)] | None = None
    return_on_offline: Bool | None = None
    keeps_thanks_resolved: Bool | None = None
    session_gap_minutes: Annotated[Int, Field(ge=1, le=10_080)] | None = None
    live_channels: Annotated[list[CaseChannel], Field(max_length=11)] | None = None
    channel_weights: Annotated[dict[CaseChannel, Annotated[Int, Field(ge=1, le=100)]], Field(max_length=11)] | None = (
        None
    )
    acknowledges: Bool | None = None
    auto_merge_within_minutes: Annotated[Int, Field(ge=1, le=525_600)] | None = None


class CaseSettings(Output):
    """The shop's choices for its cases; null switches a rule off."""

    reopen_window_days: int = Field(description="Calendar days after the last resolve")
    resolve_pending_after_days: int | None = Field(
        description="Resolve by rule after so many days of waiting; null: never"
    )
    return_unanswered_after_minutes: int | None = Field(
        description="Back to the queue when the agent does not answer; null: never"
    )
    return_on_offline: bool = Field(description="Back to the queue when the agent goes offline")
    keeps_thanks_resolved: bool = Field(description="A message that only thanks reopens and wakes nothing")
    session_gap_minutes: int = Field(description="On live channels, messages farther apart are another contact")
    live_channels: list[str]
    channel_weights: dict[str, int] = Field(description="How much of an agent's capacity a case takes; default 1")
    acknowledges: bool = Field(description="Customers get an automatic word that their message arrived")
    auto_merge_within_minutes: int | None = Field(
        description="A customer's new case about the same matter (order, product and category, or subject) becomes part of the "
        "running one they wrote in so recently; null: never"
    )
    updated_at: Instant
    version: int

    @classmethod
    def of(cls, row: CaseSettingsRow) -> "CaseSettings":
        return cls(**CaseChoices.read(row.choices).stored(), updated_at=row.updated_at, version=row.version)


class MacroApplied(Output):
    case: CaseAnswer
    sent: bool = Field(description="Whether a text went to the customer")
