"""Writing down moves, and telling of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.actors import ActedLifecycle, Role
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.money import Money, maybe_shown
from aftersales_api.kit.wire import maybe_show_instant, show_instant
from aftersales_api.warranties import queries
from aftersales_api.warranties.events import EVENTS
from aftersales_api.warranties.models import (
    AppointmentRow,
    RegistrationRow,
    RepairRow,
    WarrantyClaimRow,
    WarrantyTransitionRow,
)
from aftersales_api.warranties.policy.legal import Choices
from aftersales_api.warranties.states import PUBLIC, WarrantyClaimStatus
from aftersales_api.web.acting import Acting, Living

S = TypeVar("S", bound=StrEnum)


def move(
    tx: Session,
    machine: ActedLifecycle[S],
    entity: str,
    row: Living,
    verb: str,
    acting: Acting,
    now: datetime,
    reason: str | None = None,
) -> S:
    """Make a move, if the actor may, and write it down."""
    before, after, role = acting.move(machine, row, verb)
    note(tx, entity, row, before.value, verb, role, acting, now, reason)
    return after


def note(
    tx: Session,
    entity: str,
    row: Living,
    before: str | None,
    verb: str,
    role: Role,
    acting: Acting,
    now: datetime,
    reason: str | None = None,
) -> None:
    tx.add(
        WarrantyTransitionRow(
            entity=entity,
            entity_id=row.id,
            from_status=before,
            to_status=row.status,
            verb=verb,
            actor_type=role.value,
            actor_id=acting.label,
            reason=reason or acting.reason,
            at=now,
        )
    )


def _line_of(unit_key: str) -> str | None:
    """The order line of a unit that was bought from us."""
    return unit_key.partition("#")[0] if unit_key.startswith("oli_") else None


def _said(row: Any) -> tuple[str, dict[str, Any]]:
    common = {
        "customer_id": maybe_show("cus", row.customer_id),
        "order_id": maybe_show("ord", row.order_id),
        "status": row.status,
    }
    match row:
        case RegistrationRow():
            return "warranty", {
                **common,
                "registration_id": show("war", row.id),
                "order_line_id": maybe_show("oli", row.order_line_id),
                "plan": row.plan_key,
                "kind": str(row.plan.get("kind", "legal")),
                "serial": row.serial,
                "ends_at": show_instant(row.ends_at),
            }
        case WarrantyClaimRow():
            return "warranty_claim", {
                **common,
                "warranty_claim_id": show("wcl", row.id),
                "registration_id": show("war", row.registration_id),
                "public_status": PUBLIC[WarrantyClaimStatus(row.status)],
                "defect_code": row.defect_code,
                "remedy": row.remedy,
                "recurring_defect": row.recurring_defect,
                "order_line_id": _line_of(row.unit_key),
                "amount": maybe_shown(row.amount_minor, row.currency),
                "deductible": maybe_shown(
                    row.evaluation.get("deductible_minor") or None, row.evaluation.get("currency")
                ),
                "refund_id": maybe_show("rfd", row.refund_id),
            }
        case RepairRow():
            quote = Money(row.quote_minor, row.currency) if row.quote_minor is not None else None
            return "repair", {
                **common,
                "repair_id": show("rep", row.id),
                "number": row.number,
                "warranty_claim_id": maybe_show("wcl", row.warranty_claim_id),
                "in_warranty": row.in_warranty,
                "quote": quote.shown if quote else None,
                "promised_at": maybe_show_instant(row.promised_at),
            }
        case AppointmentRow():
            return "appointment", {
                **common,
                "appointment_id": show("apt", row.id),
                "kind": row.kind,
                "repair_id": maybe_show("rep", row.repair_id),
                "starts_at": show_instant(row.starts_at),
                "ends_at": show_instant(row.ends_at),
            }
    raise TypeError(type(row))


async def tell(
    tx: Session, word: str, row: Any, now: datetime, *, actor: str = "system", cause: UUID | None = None
) -> UUID:
    """Record an event about a row: `word` is what follows the dot of its type."""
    await tx.flush()
    subject, said = _said(row)
    event = EVENTS[f"{subject}.{word}"](**said)
    return await event_log.record(
        tx,
        event,
        subject=(subject, row.id),
        occurred_at=now,
        now=now,
        customer_id=row.customer_id,
        order_id=row.order_id,
        actor=actor,
        cause=cause,
        is_test=row.is_test,
    )


async def choices(tx: Session) -> Choices:
    row = await queries.settings_row(tx)
    return Choices(**(row.choices if row else {}))
