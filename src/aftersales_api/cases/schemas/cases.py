"""Cases and messages on the wire."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.cases.models import CaseRow, MessageRow
from aftersales_api.cases.policy.words import (
    AuthorType,
    BreachCause,
    CaseChannel,
    CaseType,
    ClockState,
    Initiator,
    MessageKind,
    ParticipantRole,
    Priority,
    Target,
)
from aftersales_api.cases.schemas.files import Attachment, AttachmentShown
from aftersales_api.cases.schemas.ids import (
    AgentId,
    CannedReplyId,
    CaseId,
    CategoryId,
    CustomerId,
    MessageId,
    OrderId,
    OrderLineId,
    ProductId,
    ResponseId,
    ReturnId,
    ShipmentId,
    TeamId,
)
from aftersales_api.cases.states import CaseStatus, allowed_verbs
from aftersales_api.kit.wire import Bool, Email, ExternalId, Input, Instant, Int, Line, Locale, Output, Phone, Short
from aftersales_api.web import Page, Whole

Subject = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+$")
]
Body = Annotated[str, StringConstraints(max_length=100_000)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Tags = Annotated[list[Tag], Field(max_length=50)]
Skills = Annotated[list[Short], Field(max_length=50)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Account = Annotated[str, StringConstraints(max_length=120)]
MailId = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class MessageFields(Input):
    body: Body = ""
    body_html: Body | None = Field(None, description="Cleaned before it is stored")
    channel: CaseChannel | None = Field(None, description="Default: the channel of the case")
    channel_account: Account = Field("", description="Which mailbox, number or page, where there are several")
    external_id: MailId | None = Field(None, description="The channel's own id; the same id is taken in once")
    in_reply_to: MailId | None = None
    author_name: Line | None = None
    attachments: Annotated[list[Attachment], Field(max_length=50)] = Field(default_factory=list)
    occurred_at: Instant | None = Field(None, description="Another word for sent_at")
    sent_at: Instant | None = Field(
        None, description="The sender's clock; clocks use it, but never later than we received it"
    )

    @model_validator(mode="after")
    def _one_instant(self) -> Self:
        self.sent_at = self.sent_at or self.occurred_at
        return self


class OpeningMessage(MessageFields):
    is_internal: Bool = Field(False, description="For agents: a note instead of a message to the customer")


class CaseRequester(Input):
    """Somebody who writes and may not be a customer yet."""

    email: Email
    name: Line | None = None
    phone: Phone | None = None


class CaseCreate(Input):
    """A case to be opened; with the same `dedupe_key` once."""

    subject: Subject
    description: Body | None = Field(None, description="Short for a first message with this body")
    message: OpeningMessage | None = None
    type: CaseType = CaseType.PROBLEM
    priority: Priority = Priority.NORMAL
    channel_origin: CaseChannel = CaseChannel.API
    channel: CaseChannel | None = Field(None, description="Another word for channel_origin")
    requester: CaseRequester | None = Field(None, description="Met by address, where there is no customer_id")
    initiator: Initiator | None = Field(None, description="Default: customer; system for survey and shop_event")
    customer_id: CustomerId | None = None
    order_id: OrderId | None = None
    order_line_ids: Annotated[list[OrderLineId], Field(max_length=200)] = Field(default_factory=list)
    product_id: ProductId | None = None
    shipment_id: ShipmentId | None = None
    return_id: ReturnId | None = None
    survey_response_id: ResponseId | None = None
    category_id: CategoryId | None = None
    team_id: TeamId | None = None
    assignee_id: AgentId | None = None
    agent_id: AgentId | None = Field(None, description="Who opens it, when an agent does")
    language: Locale | None = None
    tags: Tags = Field(default_factory=list)
    required_skills: Skills = Field(
        default_factory=list, description="What an agent must know, for teams that ask for it"
    )
    dedupe_key: ExternalId | None = None
    visitor: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = Field(
        None, description="Who they were when they searched the knowledge base, in your own words"
    )
    is_test: Bool = False
    occurred_at: Instant | None = Field(None, description="When it began, if that was before now")


class CaseUpdate(Input):
    subject: Subject | None = None
    type: CaseType | None = None
    priority: Priority | None = None
    category_id: CategoryId | None = None
    language: Locale | None = None
    tags: Tags | None = None
    required_skills: Skills | None = None
    customer_id: CustomerId | None = None
    order_id: OrderId | None = None
    order_line_ids: Annotated[list[OrderLineId], Field(max_length=200)] | None = None
    product_id: ProductId | None = None
    shipment_id: ShipmentId | None = None
    return_id: ReturnId | None = None
    is_test: Bool | None = None
    occurred_at: Instant | None = None


class ClockSummary(Output):
    """One promise of a case and how it stands."""

    target: Target
    instance_no: int
    state: ClockState
    started_at: Instant
    target_seconds: int
    at_risk_at: Instant | None
    due_at: Instant | None = Field(description="Null while paused or canceled")
    paused_since: Instant | None
    stopped_at: Instant | None
    breached_at: Instant | None
    breach_cause: BreachCause | None


class SupportCase(Output):
    """A support case. `next` are the verbs legal now; `sla` its promises."""

    id: CaseId
    number: int
    subject: str
    status: CaseStatus
    status_reason: str | None
    next: list[str]
    priority: Priority
    type: CaseType
    category_id: CategoryId | None
    resolution_code: str | None
    channel_origin: CaseChannel
    initiator: Initiator
    customer_id: CustomerId | None
    order_id: OrderId | None
    order_line_ids: list[OrderLineId]
    product_id: ProductId | None
    shipment_id: ShipmentId | None
    return_id: ReturnId | None
    survey_response_id: ResponseId | None
    team_id: TeamId | None
    assignee_id: AgentId | None
    language: str
    tags: list[str]
    required_skills: list[str]
    opened_at: Instant
    first_contact_at: Instant
    first_agent_reply_at: Instant | None
    first_resolved_at: Instant | None
    last_resolved_at: Instant | None
    closed_at: Instant | None
    pending_until: Instant | None
    on_hold_until: Instant | None
    reopen_count: int
    transfer_count: int = Field(description="How often it changed hands: from an agent or a team to another")
    pending_count: int = Field(description="How often it waited for the customer")
    on_hold_count: int = Field(description="How often it waited for a third party, a part or a visit")
    merged_into_id: CaseId | None
    follow_up_of_id: CaseId | None
    split_from_id: CaseId | None
    is_spam: bool
    is_test: bool
    sla: list[ClockSummary]
    reply_token: str = Field(description="Put it as [#token] in a subject to thread mails into this case")
    created_at: Instant
    updated_at: Instant
    version: int

    @classmethod
    def of(cls, row: CaseRow) -> "SupportCase":
        return cls.model_validate(
            {**plain(row), "next": allowed_verbs(CaseStatus(row.status)), "reply_token": row.thread_token}
        )


def plain(row: Any) -> dict[str, Any]:
    """The columns of a row by name."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


class CaseOrder(StrEnum):
    """Newest first; or what falls due next, earliest first, cases that nothing is owed to left out."""

    NEWEST = "newest"
    DUE = "due"


class MessageCreate(MessageFields):
    """A message of any kind, as a channel delivers it."""

    kind: MessageKind = MessageKind.CUSTOMER_MESSAGE
    author_type: AuthorType | None = Field(None, description="Default: customer for customer messages, agent otherwise")
    agent_id: AgentId | None = None
    participant_role: ParticipantRole | None = Field(
        None, description="third_party for carriers, suppliers and workshops"
    )
    sentiment: Annotated[Int, Field(ge=-100, le=100)] | None = Field(
        None, description="If somebody measured it: -100 is furious"
    )

    @model_validator(mode="after")
    def _author(self) -> "MessageCreate":
        if self.author_type is None:
            by_customer = self.kind is MessageKind.CUSTOMER_MESSAGE
            other = AuthorType.SYSTEM if self.kind is MessageKind.SYSTEM else AuthorType.AGENT
            self.author_type = AuthorType.CUSTOMER if by_customer else other
        if (self.kind is MessageKind.CUSTOMER_MESSAGE) != (self.author_type is AuthorType.CUSTOMER):
            raise ValueError("customer messages, and only they, are written by customers")
        return self


class ReplyCreate(MessageFields):
    """A public answer by an agent, which may move the case in the same breath."""

    canned_reply_id: CannedReplyId | None = Field(
        None, description="A ready text, filled in and in the case's language; `body` is added below it"
    )

    agent_id: AgentId | None = Field(None, description="Default: the assignee")
    status: Annotated[CaseStatus | None, Field(description="open, pending, on_hold or resolved after the answer")] = (
        None
    )
    reason: Reason | None = Field(None, description="Required for on_hold")
    until: Instant | None = Field(None, description="End of the snooze for pending and on_hold")
    resolution_code: Code | None = Field(None, description="Required for resolved")
    category_id: CategoryId | None = None

    @model_validator(mode="after")
    def _complete(self) -> "ReplyCreate":
        if self.status not in (None, CaseStatus.OPEN, CaseStatus.PENDING, CaseStatus.ON_HOLD, CaseStatus.RESOLVED):
            raise ValueError("an answer may leave a case open, pending, on_hold or resolved")
        if self.status is CaseStatus.ON_HOLD and not self.reason:
            raise ValueError("on_hold needs a reason")
        if self.status is CaseStatus.RESOLVED and not self.resolution_code:
            raise ValueError("resolved needs a resolution_code")
        return self


class NoteCreate(Input):
    """A note for colleagues."""

    body: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
    agent_id: AgentId | None = None
    attachments: Annotated[list[Attachment], Field(max_length=50)] = Field(default_factory=list)
    sent_at: Instant | None = None
    occurred_at: Instant | None = Field(None, description="Another word for sent_at")

    @model_validator(mode="after")
    def _one_instant(self) -> Self:
        self.sent_at = self.sent_at or self.occurred_at
        return self


class Message(Output):
    """A message. `sent_at` is the sender's clock, `received_at` ours; `origin_case_id` is where it was written to."""

    id: MessageId
    case_id: CaseId
    origin_case_id: CaseId
    kind: MessageKind
    author_type: AuthorType
    author_name: str | None
    agent_id: AgentId | None
    participant_role: ParticipantRole | None
    channel: CaseChannel
    channel_account: str
    external_id: str | None
    in_reply_to: str | None
    body: str
    body_html: str | None
    quoted_text: str | None = Field(
        description="What was cut from a mail: quotations of earlier mails and the signature; null when nothing was"
    )
    attachments: list[AttachmentShown]
    is_thanks: bool
    sentiment: int | None
    sent_at: Instant
    received_at: Instant
    delivery_status: str
    redacted_at: Instant | None
    created_at: Instant

    @classmethod
    def of(cls, row: MessageRow) -> "Message":
        return cls.model_validate(row)


class MessagePage(Page[Message]):
    """Messages, oldest first."""


class Move(Input):
    """An optional word on a change of status."""

    reason: Reason | None = None
    agent_id: AgentId | None = None
    occurred_at: Instant | None = Field(None, description="When it happened, if that was before now")


class CasePend(Move):
    until: Instant | None = Field(None, description="Come back by yourself at this instant")


class CaseHold(Input):
    reason: Reason
    until: Instant | None = Field(None, description="Come back by yourself at this instant")
    agent_id: AgentId | None = None
    occurred_at: Instant | None = None


class CaseResolve(Move):
    resolution_code: Code
    category_id: CategoryId | None = Field(None, description="Required unless the case has a category")


class TagCount(Output):
    """A tag and how many cases carry it."""

    tag: str
    cases: int
    unresolved: int


class TagCounts(Whole[TagCount]):
    """Tags in use, the commonest first."""


class CategoryCreate(Input):
    name: Short
    parent_id: CategoryId | None = None
    skills: Skills = Field(default_factory=list, description="What an agent must know for its cases")


class Category(Output):
    id: CategoryId
    name: str
    parent_id: CategoryId | None
    skills: list[str]
    created_at: Instant


class CategoryPage(Page[Category]):
    """Categories, newest first."""


Number = Annotated[Int, Field(ge=1)]
