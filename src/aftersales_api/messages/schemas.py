"""Wire forms of messages, templates, consent, the suppression list and the contact policy."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from aftersales_api.kit.durations import PATTERN
from aftersales_api.kit.wire import Bool, Input, Instant, Int, Locale, Output, Phone, Short, Url
from aftersales_api.messages.policy.policy_form import PolicyForm
from aftersales_api.messages.policy.shapes import TemplateKind
from aftersales_api.messages.states import (
    AttemptOutcome,
    Channel,
    ConsentState,
    DecisionReason,
    Klass,
    MessageStatus,
    Purpose,
    SuppressionReason,
    TemplateStatus,
    ThrottleClass,
    Verdict,
)
from aftersales_api.web import IdOf, Page, Whole

MessageId = Annotated[UUID, IdOf("msg")]
TemplateId = Annotated[UUID, IdOf("tpl")]
TemplateVersionId = Annotated[UUID, IdOf("tpv")]
DecisionId = Annotated[UUID, IdOf("dec")]
ConsentId = Annotated[UUID, IdOf("cns")]
SuppressionId = Annotated[UUID, IdOf("sup")]
GatewayId = Annotated[UUID, IdOf("gwy")]
CustomerId = Annotated[UUID, IdOf("cus")]
OrderId = Annotated[UUID, IdOf("ord")]
RunId = Annotated[UUID, IdOf("run")]

TemplateKey = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[a-z0-9][a-z0-9_.-]*$")]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[a-z0-9][a-z0-9_.-]*$")]
Address = Annotated[str, StringConstraints(min_length=3, max_length=254)]
Words = Annotated[str, StringConstraints(max_length=255)]
Subject = Annotated[str, StringConstraints(max_length=500)]
Source = Annotated[str, StringConstraints(max_length=60_000)]
Sms = Annotated[str, StringConstraints(max_length=2_000)]
Ttl = Annotated[str, StringConstraints(max_length=40, pattern=PATTERN)]
VersionNumber = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Occasion = Annotated[str, StringConstraints(max_length=120)]
Provider = Annotated[str, StringConstraints(max_length=60)]
Wall = Annotated[str, StringConstraints(max_length=64)]


class TemplateContent(Input):
    """What a template says in one language. Liquid; a mail needs a subject and MJML or text, other channels their text."""

    subject: Subject | None = None
    mjml: Source | None = Field(None, description="Laid out to HTML when saved")
    text: Source | None = Field(None, description="Plain text; derived from the MJML where it is left out")
    sms: Sms | None = Field(None, description="The text of SMS, WhatsApp, push and in-app messages")


Contents = Annotated[
    dict[Locale, TemplateContent], Field(min_length=1, max_length=20, description="By language: es, en, es-MX")
]


class TemplateCreate(Input):
    key: TemplateKey
    name: Short
    class_: Klass = Field(alias="class")
    channel: Channel = Channel.EMAIL
    kind: TemplateKind = Field(
        TemplateKind.GENERAL, description="Which names the template may use: see /v1/template-kinds"
    )
    locales: Contents


class TemplateUpdate(Input):
    name: Short | None = None
    class_: Klass | None = Field(None, alias="class")
    kind: TemplateKind | None = None


class TemplateVersionCreate(Input):
    locales: Contents


class TemplatePublish(Input):
    number: VersionNumber | None = Field(None, description="Which version; default: the newest")


class Template(Output):
    model_config = ConfigDict(populate_by_name=True)

    id: TemplateId
    key: str
    name: str
    klass: Klass = Field(alias="class")
    channel: Channel
    kind: str
    status: TemplateStatus
    next: list[str]
    current_number: int | None = Field(description="The published version; null before there is one")
    latest_number: int
    published_at: Instant | None
    version: int
    created_at: Instant


class TemplatePage(Page[Template]):
    """Templates, newest first."""


class TemplateVersion(Output):
    id: TemplateVersionId
    template_id: TemplateId
    number: int
    locales: dict[str, TemplateContent]
    created_by: str
    created_at: Instant


class TemplateVersionPage(Page[TemplateVersion]):
    """Versions of a template, newest first."""


class TemplatePreviewWish(Input):
    """With no order or customer the sample of the kind is used. `locales` tries sources that are not saved."""

    locale: Locale | None = None
    number: VersionNumber | None = Field(None, description="Which version; default: the newest")
    locales: Contents | None = None
    customer_id: CustomerId | None = None
    order_id: OrderId | None = None
    context: dict[str, Any] = Field(default_factory=dict, max_length=50)


class TemplateProblem(Output):
    pointer: str
    code: str
    detail: str


class TemplatePreview(Output):
    locale: str
    subject: str
    html: str | None
    text: str
    problems: list[TemplateProblem] = Field(description="What would refuse publication")


class TemplateVariable(Output):
    path: str = Field(examples=["order.lines[].title"])
    type: str
    example: str


class TemplateShape(Output):
    kind: TemplateKind
    variables: list[TemplateVariable]


class TemplateShapes(Whole[TemplateShape]):
    """All of them, in one page."""


class CustomerMessageCreate(Input):
    template: TemplateKey
    customer_id: CustomerId
    order_id: OrderId | None = None
    kind: Kind | None = Field(None, description="Default: the template's kind")
    channel: Channel | None = None
    context: dict[str, Any] = Field(default_factory=dict, max_length=50)
    due_at: Instant | None = None
    ttl: Ttl | None = Field(None, description="How long after its due time it is still worth sending, elapsed time")
    priority: Int = 0
    throttle_class: ThrottleClass | None = None
    dedupe_key: Key | None = Field(None, description="The same key never makes a second message")
    occasion: Occasion = Field("", description="Of one kind there is one message per order and occasion")
    once_per_order: Bool = False
    locale: Locale | None = None


class ContactDecision(Output):
    """One evaluation of the contact policy."""

    model_config = ConfigDict(populate_by_name=True)

    id: DecisionId
    message_id: MessageId
    customer_id: CustomerId
    order_id: OrderId | None
    template_key: str = Field(alias="template")
    kind: str
    klass: Klass = Field(alias="class")
    channel: Channel
    at: Instant
    verdict: Verdict
    rule_id: str | None
    reason: DecisionReason | None
    defer_until: Instant | None
    next_eligible_at: Instant | None
    blocked_by: list[str]
    policy_version: int


class ContactDecisionPage(Page[ContactDecision]):
    """Why a customer did or did not get a message, newest first."""


class SendAttempt(Output):
    number: int
    started_at: Instant
    ended_at: Instant | None
    sender: str | None
    outcome: AttemptOutcome
    code: str | None
    detail: str | None


class CustomerMessageBrief(Output):
    model_config = ConfigDict(populate_by_name=True)

    id: MessageId
    template_key: str = Field(alias="template")
    kind: str
    klass: Klass = Field(alias="class")
    channel: Channel
    customer_id: CustomerId | None
    order_id: OrderId | None
    run_id: RunId | None
    status: MessageStatus
    next: list[str]
    reason: str | None
    subject: str | None
    to_address: str | None = Field(alias="to")
    locale: str | None
    wanted_at: Instant = Field(description="When it was wanted first")
    due_at: Instant | None = Field(description="When it is considered or tried next; null when it is over")
    decided_at: Instant | None
    sent_at: Instant | None
    delivered_at: Instant | None
    bounced_at: Instant | None
    complained_at: Instant | None
    attempts: int
    version: int
    created_at: Instant


class CustomerMessage(CustomerMessageBrief):
    html: str | None
    text: str | None
    links: list[str] = Field(description="Addresses the message leads to")
    template_version_number: int | None
    sender: str | None
    mail_id: str | None = Field(alias="message_id_header")
    provider_message_id: str | None
    hard_bounce: bool | None
    resend_of_id: MessageId | None
    decision: ContactDecision | None = Field(description="The last evaluation of the contact policy; null before")
    send_attempts: list[SendAttempt]


class CustomerMessagePage(Page[CustomerMessageBrief]):
    """Messages, newest first."""


class MessageReceipt(Input):
    """What the provider says became of a message."""

    type: Literal["delivered", "bounced", "complained"]
    at: Instant | None = None
    hard: Bool = Field(True, description="Of a bounce: the address itself is dead")
    reason: Provider = ""


Evidence = Annotated[dict[str, Any], Field(max_length=20)] | Annotated[str, StringConstraints(max_length=2000)]


class ConsentCreate(Input):
    channel: Channel = Channel.EMAIL
    purpose: Purpose
    state: ConsentState
    source: Short = "api"
    basis: Short | None = None
    evidence: Evidence = Field(default_factory=dict, description="What shows it: members of your own, or a sentence")
    at: Instant | None = None


class Consent(Output):
    id: ConsentId
    customer_id: CustomerId
    channel: Channel
    purpose: Purpose
    state: ConsentState
    basis: str | None
    source: str
    evidence: dict[str, Any]
    actor: str
    at: Instant
    created_at: Instant


class ConsentPage(Page[Consent]):
    """The ledger, newest first, and what is in force now."""

    current: list[Consent]


class SuppressionCreate(Input):
    address: Address = Field(description="Kept as a keyed hash only")
    channel: Channel = Channel.EMAIL
    reason: Literal["hard_bounce", "complaint", "manual"] = "manual"
    note: Words | None = None


class Suppression(Output):
    id: SuppressionId
    channel: Channel
    purpose: Purpose | None = Field(description="Null: nothing at all goes to this address")
    reason: SuppressionReason
    note: str | None
    created_at: Instant

    @model_validator(mode="before")
    @classmethod
    def _empty_purpose(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        return {name: getattr(value, name) for name in ("id", "channel", "reason", "note", "created_at")} | {
            "purpose": value.purpose or None
        }


class SuppressionPage(Page[Suppression]):
    """Suppressed addresses, newest first; the addresses themselves are not kept."""


class ContactPolicyDocument(PolicyForm):
    """The contact policy in force; `version` is also on every decision made by it."""

    version: int
    created_at: Instant | None
    created_by: str


class GatewayPut(Input):
    """Where messages of a channel are handed over: JSON, signed like our webhooks, with an Idempotency-Key."""

    url: Url
    sender: Phone | Literal[""] = ""
    secret: (
        Annotated[str, StringConstraints(min_length=24, max_length=120, pattern="^whsec_[A-Za-z0-9+/=]+$")] | None
    ) = None


class MessageGateway(Output):
    id: GatewayId
    channel: Channel
    url: str
    sender: str
    version: int
    created_at: Instant


class MessageGatewayWithSecret(MessageGateway):
    secret: str | None = Field(description="A new signing secret, shown this once; null when it stayed the same")


class MessageGateways(Whole[MessageGateway]):
    """All of them, in one page."""


class MailboxMail(Output):
    """A mail in the local mailbox."""

    id: str
    channel: Channel
    class_: Klass = Field(alias="class")
    template: str | None
    to: str
    from_: str = Field(alias="from")
    from_name: str
    subject: str
    text: str
    html: str | None
    locale: str
    headers: dict[str, str]
    message_id: str
    idempotency_key: str
    attempt: int
    sent_at: Instant


class MailboxMails(Whole[MailboxMail]):
    """All of them, in one page."""
