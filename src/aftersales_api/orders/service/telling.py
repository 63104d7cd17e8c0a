"""Putting moments of an order into events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from aftersales_api.infra.event_log import Entry
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.money import maybe_shown
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.orders import events
from aftersales_api.orders.events import ORDER_EVENTS, REFUND_EVENTS, SHIPMENT_EVENTS, OrderUpdated, TrackingUnmatched
from aftersales_api.orders.policy.dossier import Dossier, ParcelKnown
from aftersales_api.orders.policy.moments import Moment
from aftersales_api.orders.queries.dossiers import LINES, ORDERS, Desk

# What a change of the order may concern without anybody being told of it.
UNTOLD = frozenset(
    {
        "updated_at", "source_updated_at", "held_over", "email_key", "number_key", "raw_status", "processed_at", "latest_cancellation_at",
        "deleted_seen_at", "restored_seen_at", "source_state", "financial_said", "fulfilment_said", "current_total_said_minor", "extra",
        "connection_id", "shipping_refunded_minor", "redacted_at", "refunds_listed_at",
    }
)  # fmt: skip


_TOLD = tuple(name for name in ORDERS.columns if name not in UNTOLD)
VISIBLE = (*_TOLD, "lines")
_of_the_order, _of_the_line = attrgetter(*_TOLD), attrgetter(*LINES.columns)


def _of_order(dossier: Dossier) -> dict[str, object]:
    order = dossier.order
    return {
        "order_id": show("ord", order.id),
        "customer_id": maybe_show("cus", order.customer_id),
        "source": order.source,
        "external_id": order.external_id,
        "number": order.number,
        "status": order.status.value,
        "financial_status": order.financial_status.value,
        "fulfilment_status": order.fulfilment_status.value,
        "total": maybe_shown(order.total_minor, order.currency),
        "current_total": maybe_shown(order.current_total_minor, order.currency),
        "country": order.shipping_country,
        "is_test": order.is_test,
    }


def _of_parcel(parcel: ParcelKnown, moment: Moment) -> dict[str, object]:
    return {
        "shipment_id": show("shi", parcel.id),
        "shipment_external_id": parcel.external_id,
        "carrier": parcel.carrier,
        "shipment_status": (moment.status or parcel.status).value,
        "is_current": moment.is_current,
        "estimated_delivery_at": maybe_show_instant(parcel.tracked_eta or parcel.estimated_delivery_at),
        "delivered_at": maybe_show_instant(parcel.delivered_at),
        "exception_reason": parcel.exception_reason,
    }


def entries(dossier: Dossier, fresh: Sequence[Moment], cause: UUID | None) -> list[Entry]:
    """The events of moments."""
    said = _of_order(dossier) if fresh else {}
    return [_entry(dossier, moment, said, cause) for moment in fresh]


def _entry(dossier: Dossier, moment: Moment, said: Mapping[str, object], cause: UUID | None) -> Entry:
    order = dossier.order
    if moment.parcel is not None:
        event: events.OrderEvent = SHIPMENT_EVENTS[moment.type].model_validate(
            {**said, **_of_parcel(moment.parcel, moment)}
        )
        subject = ("shipment", moment.parcel.id)
    elif moment.refund is not None:
        refund = moment.refund
        event = REFUND_EVENTS[moment.type].model_validate(
            {
                **said,
                "refund_external_id": refund.external_id,
                "amount": maybe_shown(refund.amount_minor, refund.currency),
                "lines": refund.lines,
            }
        )
        subject = ("order_refund", refund.id)
    else:
        event, subject = ORDER_EVENTS[moment.type].model_validate(said), ("order", order.id)
    return Entry(
        event=event,
        subject=subject,
        occurred_at=moment.occurred_at,
        customer_id=order.customer_id,
        order_id=order.id,
        is_test=order.is_test,
        cause=cause,
    )


def _visible(dossier: Dossier) -> tuple[object, ...]:
    """What `VISIBLE` names. All of it is replaced when it changes, and never changed in place."""
    return (*_of_the_order(dossier.order), [_of_the_line(line) for line in dossier.standing_lines])


def note_read(desk: Desk) -> None:
    """Remember how the orders looked before the batch."""
    for dossier in desk.dossiers.values():
        desk.told_of[dossier.order.id] = _visible(dossier)


def update_entry(desk: Desk, dossier: Dossier, fresh: list[Moment], cause: UUID | None, now: datetime) -> Entry | None:
    """Tell that a known order changed, when nothing else tells it."""
    order = dossier.order
    before, after = desk.told_of.get(order.id), _visible(dossier)
    desk.told_of[order.id] = after
    if before is None or not order.is_real or any(moment.type.startswith("order.") for moment in fresh):
        return None
    changed = sorted(
        name.removesuffix("_minor") for name, was, is_now in zip(VISIBLE, before, after, strict=True) if was != is_now
    )
    if not changed:
        return None
    event = OrderUpdated.model_validate({**_of_order(dossier), "changed": changed})
    return Entry(
        event=event,
        subject=("order", order.id),
        occurred_at=order.source_updated_at or now,
        customer_id=order.customer_id,
        order_id=order.id,
        is_test=order.is_test,
        cause=cause,
    )


def unmatched_entries(desk: Desk, now: datetime) -> list[Entry]:
    """Tell of scans that found no parcel: whoever awaits one under that name may take them."""
    return [
        Entry(
            event=TrackingUnmatched(parcel_key=row["parcel_key"], status=str(row["event"]["status"])),
            subject=("waiting_scan", row["id"]),
            occurred_at=now,
            is_test=bool(row["is_test"]),
        )
        for row in desk.newly_waiting
    ]
