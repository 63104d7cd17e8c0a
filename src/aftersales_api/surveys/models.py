"""Tables of surveys: what is asked, who was asked, what they said, and who only clicked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import (
    Base,
    CreatedAt,
    Due,
    ShopOwned,
    Versioned,
    append_only,
    due_index,
    one_of,
    refuse_as,
    shop_fk,
    sql_function,
)
from aftersales_api.infra.event_log import cares_if
from aftersales_api.infra.privacy import NONE, PII, SEALED, SECRET, pii
from aftersales_api.infra.rotation import reseal_with
from aftersales_api.infra.sealing import link_hash
from aftersales_api.messages.states import ThrottleClass
from aftersales_api.surveys.errors import SurveyKeyTaken
from aftersales_api.surveys.policy.kinds import OneClickMode, SubjectType, SurveyChannel, SurveyKind
from aftersales_api.surveys.policy.tokens import PURPOSE
from aftersales_api.surveys.states import InvitationStatus, ResponseStatus, SurveyStatus

# An answer in words was given, though its words are gone.
EMPTIED = "CASE WHEN value_text IS NOT NULL THEN '' END"


class SurveyRow(Versioned, CreatedAt, ShopOwned, Base):
    """A survey; what it asks is in its versions."""

    __tablename__ = "surveys"
    key: Mapped[str] = mapped_column(String(40), info=NONE)
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    kind: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    throttle_class: Mapped[str] = mapped_column(String(20))
    default_locale: Mapped[str] = mapped_column(String(35), info=NONE)
    one_click_mode: Mapped[str] = mapped_column(String(20))
    edit_window: Mapped[str] = mapped_column(String(41), info=NONE)
    answer_window: Mapped[str] = mapped_column(String(41), info=NONE)
    current_version_id: Mapped[UUID | None]
    current_number: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        Index("uq_surveys__key", "shop_id", "key", unique=True),
        Index("ix_surveys__walk", "shop_id", "created_at", "id"),
        one_of("kind", SurveyKind),
        one_of("status", SurveyStatus),
        one_of("throttle_class", ThrottleClass),
        one_of("one_click_mode", OneClickMode),
    )


class SurveyVersionRow(ShopOwned, Base):
    """What a survey asked from one publication to the next; never changed."""

    __tablename__ = "survey_versions"
    survey_id: Mapped[UUID]
    number: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(120), info=NONE)
    __table_args__ = (
        shop_fk("survey_id", "surveys"),
        Index("uq_survey_versions__number", "shop_id", "survey_id", "number", unique=True),
    )


class InvitationRow(Versioned, CreatedAt, Due, ShopOwned, Base):
    """One customer asked once about one thing. Only the hash of the link's token is kept; the sealed token is for reminders."""

    __tablename__ = "survey_invitations"
    survey_id: Mapped[UUID]
    version_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID]
    wave: Mapped[int]
    channel: Mapped[str] = mapped_column(String(20))
    locale: Mapped[str] = mapped_column(String(35), info=NONE)
    status: Mapped[str] = mapped_column(String(20))
    token_kid: Mapped[str] = mapped_column(String(40), info=NONE)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    token_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED)
    expires_at: Mapped[datetime]
    suppress_reason: Mapped[str | None] = mapped_column(String(40), info=NONE)
    revoke_reason: Mapped[str | None] = mapped_column(String(40), info=NONE)
    experiment_arm: Mapped[str | None] = mapped_column(String(40), info=NONE)
    flow_run_id: Mapped[UUID | None]
    sends: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    suppressed_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    sent_before_cancel_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("survey_id", "surveys"),
        shop_fk("version_id", "survey_versions"),
        shop_fk("customer_id", "customers"),
        shop_fk("order_id", "orders"),
        Index(
            "uq_survey_invitations__asked_once",
            "shop_id",
            "survey_id",
            "subject_type",
            "subject_id",
            "customer_id",
            "wave",
            unique=True,
        ),
        Index("uq_survey_invitations__token", "token_hash", unique=True),
        Index("ix_survey_invitations__walk", "shop_id", "created_at", "id"),
        Index("ix_survey_invitations__customer", "shop_id", "customer_id", "created_at"),
        Index("ix_survey_invitations__order", "shop_id", "order_id"),
        Index("ix_survey_invitations__survey", "shop_id", "survey_id", "created_at", "id"),
        Index("ix_survey_invitations__run", "shop_id", "flow_run_id", postgresql_where=text("flow_run_id IS NOT NULL")),
        Index("ix_survey_invitations__version", "shop_id", "version_id"),
        Index("ix_survey_invitations__cohort", "shop_id", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
        due_index("survey_invitations"),
        one_of("status", InvitationStatus),
        one_of("subject_type", SubjectType),
        one_of("channel", SurveyChannel),
    )


class ResponseRow(Versioned, CreatedAt, ShopOwned, Base):
    """What one invited customer said; one per invitation. `score` is the answer to the leading question."""

    __tablename__ = "survey_responses"
    invitation_id: Mapped[UUID]
    survey_id: Mapped[UUID]
    version_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    editable_until: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(String(35), info=NONE)
    source: Mapped[str] = mapped_column(String(20), info=NONE)
    ip_hash: Mapped[bytes | None] = mapped_column(LargeBinary, info=PII)
    measure: Mapped[str | None] = mapped_column(String(10), info=NONE)
    score: Mapped[int | None] = mapped_column(SmallInteger)
    is_low: Mapped[bool | None]
    sent_before_cancel: Mapped[bool] = mapped_column(default=False)
    discarded_at: Mapped[datetime | None]
    discard_reason: Mapped[str | None] = mapped_column(String(40), info=NONE)
    edits: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        shop_fk("invitation_id", "survey_invitations"),
        shop_fk("survey_id", "surveys"),
        shop_fk("version_id", "survey_versions"),
        shop_fk("customer_id", "customers"),
        shop_fk("order_id", "orders"),
        Index("uq_survey_responses__once", "shop_id", "invitation_id", unique=True),
        Index("ix_survey_responses__walk", "shop_id", "created_at", "id"),
        Index("ix_survey_responses__customer", "shop_id", "customer_id", "created_at"),
        Index("ix_survey_responses__order", "shop_id", "order_id"),
        Index("ix_survey_responses__survey", "shop_id", "survey_id", "created_at"),
        Index("ix_survey_responses__version", "shop_id", "version_id"),
        one_of("status", ResponseStatus),
    )


class AnswerRow(ShopOwned, Base):
    """The answer to one question as it stands now. `measure` is set where it is added up into a score."""

    __tablename__ = "survey_answers"
    response_id: Mapped[UUID]
    question_id: Mapped[str] = mapped_column(String(40), info=NONE)
    measure: Mapped[str | None] = mapped_column(String(10), info=NONE)
    value_num: Mapped[int | None] = mapped_column(SmallInteger)
    value_text: Mapped[str | None] = mapped_column(Text, info=pii(EMPTIED))
    value_choice_ids: Mapped[list[str]] = mapped_column(info=NONE)
    skipped: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)
    answered_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("response_id", "survey_responses"),
        Index("uq_survey_answers__question", "shop_id", "response_id", "question_id", unique=True),
        Index(
            "ix_survey_answers__measure",
            "shop_id",
            "measure",
            "answered_at",
            postgresql_include=["response_id", "value_num"],
            postgresql_where=text("measure IS NOT NULL"),
        ),
    )


class AnswerRevisionRow(ShopOwned, Base):
    """Every value an answer ever had, the first one included; append-only."""

    __tablename__ = "survey_answer_revisions"
    answer_id: Mapped[UUID]
    number: Mapped[int]
    value_num: Mapped[int | None] = mapped_column(SmallInteger)
    value_text: Mapped[str | None] = mapped_column(Text, info=pii(EMPTIED))
    value_choice_ids: Mapped[list[str]] = mapped_column(info=NONE)
    skipped: Mapped[bool]
    at: Mapped[datetime]
    __table_args__ = (
        shop_fk("answer_id", "survey_answers"),
        Index("uq_survey_answer_revisions__number", "shop_id", "answer_id", "number", unique=True),
    )


class RatingIntentRow(CreatedAt, Due, ShopOwned, Base):
    """One request of a rating link in a mail: a wish at most, never an answer."""

    __tablename__ = "survey_rating_intents"
    invitation_id: Mapped[UUID]
    question_id: Mapped[str | None] = mapped_column(String(40), info=NONE)
    value: Mapped[int | None] = mapped_column(SmallInteger)
    user_agent: Mapped[str | None] = mapped_column(String(255), info=PII)
    ip_hash: Mapped[bytes | None] = mapped_column(LargeBinary, info=PII)
    is_trap: Mapped[bool] = mapped_column(default=False)
    automated: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        shop_fk("invitation_id", "survey_invitations"),
        Index("ix_survey_rating_intents__invitation", "shop_id", "invitation_id", "created_at"),
        Index("ix_survey_rating_intents__walk", "shop_id", "created_at", "id"),
        due_index("survey_rating_intents"),
    )


class InvitationMessageRow(ShopOwned, Base):
    """Which messages carried an invitation: the first one and its reminders."""

    __tablename__ = "survey_invitation_messages"
    invitation_id: Mapped[UUID]
    message_id: Mapped[UUID]
    __table_args__ = (
        shop_fk("invitation_id", "survey_invitations"),
        Index("uq_survey_invitation_messages__message", "shop_id", "message_id", unique=True),
        Index("ix_survey_invitation_messages__invitation", "shop_id", "invitation_id"),
    )


append_only("survey_versions")
append_only("survey_answer_revisions", redactable=("value_text",))
refuse_as("uq_surveys__key", SurveyKeyTaken)
sql_function(
    """
CREATE OR REPLACE FUNCTION survey_link(hashes bytea[])
RETURNS TABLE (shop_id uuid, invitation_id uuid, clock_offset interval, clock_pinned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT i.shop_id, i.id, s.clock_offset, s.clock_pinned_at
    FROM public.survey_invitations i JOIN public.shops s ON s.id = i.shop_id
   WHERE i.token_hash = ANY(hashes)
$$""",
    name="survey_link",
    signature="bytea[]",
    reads={"survey_invitations": "id, shop_id, token_hash", "shops": "id, clock_offset, clock_pinned_at"},
)


def _hash_again(token: bytes) -> dict[str, Any]:
    """A link is found by the hash of its token, which is made with the same key."""
    kid, digest = link_hash(PURPOSE, token.decode())
    return {"token_kid": kid, "token_hash": digest}


reseal_with("survey_invitations", "token_sealed", _hash_again)
cares_if(
    "surveys",
    "(j.args ->> 'type' NOT IN ('message.sent', 'message.delivered') OR EXISTS (SELECT FROM survey_invitation_messages s "
    "WHERE s.message_id = CAST(j.args ->> 'subject' AS uuid)) OR j.args ->> 'about' = 'survey_invitation')",
)
