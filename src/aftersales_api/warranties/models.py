"""Tables of warranties, repairs and appointments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, Due, ShopOwned, Versioned, append_only, due_index, one_of, shop_fk
from aftersales_api.infra.privacy import NONE, PII, PSEUDONYM, STAFF, pii, reached_by
from aftersales_api.warranties.states import AppointmentStatus, RegistrationStatus, RepairStatus, WarrantyClaimStatus

# Minutes and rates of labour stay; what was noted with them goes.
WITHOUT_NOTES = """(SELECT coalesce(jsonb_agg(CASE WHEN each ? 'note' THEN each || '{"note": null}'::jsonb ELSE each END), '[]'::jsonb)
  FROM jsonb_array_elements(labour) each)"""


class WarrantyPlanRow(ShopOwned, Versioned, CreatedAt, Base):
    """A warranty the shop gives or sells, beside the legal one."""

    __tablename__ = "warranty_plans"
    code: Mapped[str] = mapped_column(String(60), info=NONE)
    name: Mapped[str] = mapped_column(String(255), info=NONE)
    kind: Mapped[str] = mapped_column(String(12))
    duration: Mapped[int]
    unit: Mapped[str] = mapped_column(String(6), info=NONE)
    anchor: Mapped[str] = mapped_column(String(12))
    burden_of_proof_months: Mapped[int] = mapped_column(default=0)
    covers: Mapped[list[str]] = mapped_column(info=NONE)
    excludes: Mapped[list[str]] = mapped_column(info=NONE)
    remedies: Mapped[list[str]] = mapped_column(info=NONE)
    country: Mapped[str | None] = mapped_column(String(2))
    condition_sold: Mapped[str | None] = mapped_column(String(20), info=NONE)
    categories: Mapped[list[str]] = mapped_column(info=NONE)
    skus: Mapped[list[str]] = mapped_column(info=NONE)
    transferable: Mapped[bool] = mapped_column(default=True)
    deductible_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    auto_register: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (
        CheckConstraint("kind IN ('legal', 'commercial', 'extended')", name="kind"),
        CheckConstraint("unit IN ('day', 'month', 'year') AND duration > 0", name="duration"),
        CheckConstraint("anchor IN ('delivered', 'purchased', 'registered')", name="anchor"),
        Index("uq_warranty_plans__code", "shop_id", "code", unique=True),
    )


class RegistrationRow(ShopOwned, Versioned, CreatedAt, Due, Base):
    """One physical unit under one plan. `plan_id` None is the legal guarantee of its country."""

    __tablename__ = "warranty_registrations"
    order_id: Mapped[UUID | None]
    order_line_id: Mapped[UUID | None]
    unit_number: Mapped[int]
    customer_id: Mapped[UUID | None]
    product_title: Mapped[str] = mapped_column(Text, info=NONE)
    sku: Mapped[str | None] = mapped_column(Text, info=NONE)
    serial: Mapped[str | None] = mapped_column(String(120), info=PSEUDONYM)
    plan_id: Mapped[UUID | None]
    plan_key: Mapped[str] = mapped_column(String(80), info=NONE)
    plan: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    status: Mapped[str] = mapped_column(String(10))
    anchor_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64), info=NONE)
    extension_months: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[datetime]
    suspensions: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=NONE)
    void_reason: Mapped[str | None] = mapped_column(Text, info=PII)
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        one_of("status", RegistrationStatus),
        shop_fk("order_id", "orders"),
        due_index("warranty_registrations"),
        Index("uq_warranty_registrations__unit", "shop_id", "order_line_id", "unit_number", "plan_key", unique=True),
        Index("ix_warranty_registrations__serial", "shop_id", "serial"),
        Index("ix_warranty_registrations__order", "shop_id", "order_id"),
        Index("ix_warranty_registrations__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_warranty_registrations__list", "shop_id", "created_at", "id"),
    )


class WarrantyClaimRow(ShopOwned, Versioned, CreatedAt, Base):
    """A claim under a registration. It keeps the faulty and the replacement serial for good."""

    __tablename__ = "warranty_claims"
    registration_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(20))
    defect_code: Mapped[str] = mapped_column(String(80), info=NONE)
    description: Mapped[str | None] = mapped_column(Text, info=PII)
    evidence: Mapped[list[str]] = mapped_column(default=list, info=PII)
    faulty_serial: Mapped[str | None] = mapped_column(String(120), info=PSEUDONYM)
    replacement_serial: Mapped[str | None] = mapped_column(String(120), info=PSEUDONYM)
    requested_remedy: Mapped[str | None] = mapped_column(String(20), info=NONE)
    remedy: Mapped[str | None] = mapped_column(String(20), info=NONE)
    burden: Mapped[str] = mapped_column(String(10), info=NONE)
    covered: Mapped[bool]
    recurring_defect: Mapped[bool]
    evaluation: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    rejection_reason: Mapped[str | None] = mapped_column(Text, info=PII)
    approved_at: Mapped[datetime | None]
    item_received_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3), info=NONE)
    refund_id: Mapped[UUID | None]
    unit_key: Mapped[str] = mapped_column(String(160), info=PSEUDONYM)
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        one_of("status", WarrantyClaimStatus),
        shop_fk("registration_id", "warranty_registrations"),
        Index("ix_warranty_claims__registration", "shop_id", "registration_id"),
        Index("ix_warranty_claims__list", "shop_id", "created_at", "id"),
        Index(
            "uq_warranty_claims__open",
            "shop_id",
            "unit_key",
            "defect_code",
            unique=True,
            postgresql_where=text("status NOT IN ('rejected', 'completed', 'cancelled')"),
        ),
    )


class RepairRow(ShopOwned, Versioned, CreatedAt, Due, Base):
    """A repair order, of goods bought from us or not: a workshop may take any bicycle."""

    __tablename__ = "repair_orders"
    number: Mapped[str] = mapped_column(String(40), info=PSEUDONYM)
    warranty_claim_id: Mapped[UUID | None]
    registration_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    item: Mapped[str] = mapped_column(Text, info=NONE)
    serial: Mapped[str | None] = mapped_column(String(120), info=PSEUDONYM)
    defect: Mapped[str] = mapped_column(Text, info=PII)
    diagnosis: Mapped[str | None] = mapped_column(Text, info=PII)
    in_warranty: Mapped[bool]
    status: Mapped[str] = mapped_column(String(16))
    location_id: Mapped[str | None] = mapped_column(String(80), info=NONE)
    currency: Mapped[str] = mapped_column(String(3))
    parts: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=NONE)
    labour: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=pii(WITHOUT_NOTES))
    quote_minor: Mapped[int | None] = mapped_column(BigInteger)
    quoted_at: Mapped[datetime | None]
    quote_answered_at: Mapped[datetime | None]
    promised_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    shipped_back_at: Mapped[datetime | None]
    tracking_number: Mapped[str | None] = mapped_column(String(255), info=PSEUDONYM)
    converted_to: Mapped[str | None] = mapped_column(String(20), info=NONE)
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        one_of("status", RepairStatus),
        due_index("repair_orders"),
        Index("ix_repair_orders__claim", "shop_id", "warranty_claim_id"),
        Index("ix_repair_orders__customer", "shop_id", "customer_id", "created_at", "id"),
        Index("ix_repair_orders__list", "shop_id", "created_at", "id"),
    )


class AppointmentRow(ShopOwned, Versioned, CreatedAt, Due, Base):
    """Somebody comes, or somebody is visited: installation, maintenance, pick-up, hand-over."""

    __tablename__ = "appointments"
    kind: Mapped[str] = mapped_column(String(20), info=NONE)
    status: Mapped[str] = mapped_column(String(12))
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    repair_id: Mapped[UUID | None]
    registration_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    location: Mapped[str | None] = mapped_column(Text, info=PII)
    assignee: Mapped[str | None] = mapped_column(String(120), info=STAFF)
    note: Mapped[str | None] = mapped_column(Text, info=PII)
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        one_of("status", AppointmentStatus),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
        due_index("appointments"),
        Index("ix_appointments__list", "shop_id", "created_at", "id"),
        Index("ix_appointments__starts", "shop_id", "starts_at", "id"),
        Index("ix_appointments__customer", "shop_id", "customer_id"),
    )


class WarrantySettingsRow(ShopOwned, Versioned, Base):
    """What a shop chose about warranties; members left out have their defaults."""

    __tablename__ = "warranty_settings"
    only: Mapped[str] = mapped_column(String(4), default="only", info=NONE)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)
    __table_args__ = (Index("uq_warranty_settings__only", "shop_id", "only", unique=True),)


class WarrantyTransitionRow(ShopOwned, Base):
    """Every move of every life, for good."""

    __tablename__ = "warranty_transitions"
    entity: Mapped[str] = mapped_column(String(20), info=NONE)
    entity_id: Mapped[UUID]
    from_status: Mapped[str | None] = mapped_column(String(30), info=NONE)
    to_status: Mapped[str] = mapped_column(String(30), info=NONE)
    verb: Mapped[str] = mapped_column(String(40), info=NONE)
    actor_type: Mapped[str] = mapped_column(String(12), info=NONE)
    actor_id: Mapped[str] = mapped_column(String(120), info=NONE)
    reason: Mapped[str | None] = mapped_column(Text, info=PII)
    at: Mapped[datetime]
    __table_args__ = (Index("ix_warranty_transitions__entity", "shop_id", "entity_id", "id"),)


append_only("warranty_transitions", redactable=("reason",))
reached_by("warranty_transitions", "entity_id = ANY(:ids)")
