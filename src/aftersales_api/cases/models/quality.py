"""What colleagues say of each other's work: reviews by a score card, and feedback on articles and policies."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.cases.errors import NameTaken
from aftersales_api.cases.policy.words import FeedbackKind, FeedbackSubject
from aftersales_api.cases.states import FeedbackStatus, ReviewStatus
from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, refuse_as, shop_fk
from aftersales_api.infra.privacy import NONE, REMARK, remark


class ScorecardRow(Versioned, CreatedAt, ShopOwned, Base):
    """By what replies are judged; a review keeps the criteria as they were."""

    __tablename__ = "quality_scorecards"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (Index("uq_quality_scorecards__name", "shop_id", "name", unique=True),)


refuse_as("uq_quality_scorecards__name", NameTaken)


class ReviewRow(Versioned, CreatedAt, ShopOwned, Base):
    """One agent's work in a case, or one of their replies, judged once."""

    __tablename__ = "quality_reviews"
    case_id: Mapped[UUID]
    origin_case_id: Mapped[UUID]
    message_id: Mapped[UUID | None]
    agent_id: Mapped[UUID]
    reviewer_id: Mapped[UUID | None]
    scorecard_id: Mapped[UUID]
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(info=NONE)
    scores: Mapped[list[dict[str, Any]]] = mapped_column(
        info=remark(
            "(SELECT coalesce(jsonb_agg(CASE WHEN each ->> 'comment' IS NULL THEN each "
            "ELSE jsonb_set(each, '{comment}', 'null') END), '[]'::jsonb) FROM jsonb_array_elements(scores) each)"
        )
    )
    comment: Mapped[str | None] = mapped_column(Text, info=REMARK)
    agent_comment: Mapped[str | None] = mapped_column(Text, info=REMARK)
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("message_id", "case_messages"),
        shop_fk("agent_id", "agents"),
        shop_fk("reviewer_id", "agents"),
        shop_fk("scorecard_id", "quality_scorecards"),
        one_of("status", ReviewStatus),
        Index("ix_quality_reviews__case", "shop_id", "case_id", "created_at", "id"),
        Index("ix_quality_reviews__origin", "shop_id", "origin_case_id"),
        Index("ix_quality_reviews__message", "shop_id", "message_id"),
        Index("ix_quality_reviews__agent", "shop_id", "agent_id", "created_at", "id"),
        Index("ix_quality_reviews__reviewer", "shop_id", "reviewer_id"),
        Index("ix_quality_reviews__scorecard", "shop_id", "scorecard_id"),
        Index("ix_quality_reviews__walk", "shop_id", "created_at", "id"),
    )


class InternalFeedbackRow(Versioned, CreatedAt, ShopOwned, Base):
    """What an agent found in an article or a policy; somebody answers for it."""

    __tablename__ = "internal_feedback"
    subject: Mapped[str] = mapped_column(String(20))
    article_id: Mapped[UUID | None]
    policy_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text, info=REMARK)
    status: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str | None] = mapped_column(Text, info=REMARK)
    __table_args__ = (
        shop_fk("policy_id", "sla_policies"),
        shop_fk("agent_id", "agents"),
        shop_fk("case_id", "cases"),
        one_of("subject", FeedbackSubject),
        one_of("kind", FeedbackKind),
        one_of("status", FeedbackStatus),
        Index("ix_internal_feedback__walk", "shop_id", "created_at", "id"),
        Index("ix_internal_feedback__article", "shop_id", "article_id", "created_at", "id"),
        Index("ix_internal_feedback__policy", "shop_id", "policy_id", "created_at", "id"),
        Index("ix_internal_feedback__agent", "shop_id", "agent_id"),
        Index("ix_internal_feedback__case", "shop_id", "case_id"),
    )
