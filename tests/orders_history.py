"""Invented lives of an order, and what is left of them when their facts arrive in any order, any number of times."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from aftersales_api.orders.facts import ShipmentStatus as S
from aftersales_api.orders.policy import applying
from aftersales_api.orders.policy.dossier import Dossier, OrderKnown
from aftersales_api.orders.policy.moments import Moment, untold

START = datetime(2026, 5, 1, 9, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
TOTALS = {"EUR": 5000, "JPY": 5000, "KWD": 50000}


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def fresh_dossier(source: str = "generic", external_id: str = "9007199254740993") -> Dossier:
    order = OrderKnown(id=new_id(), source=source, external_id=external_id, created_at=NOW, updated_at=NOW)
    return Dossier(order=order)


def seen(version: int, topic: str = "order.updated", currency: str = "EUR", **members: Any) -> facts.OrderSeen:
    """A snapshot of a two-line order."""
    price = Money(TOTALS[currency] // 4, currency)
    lines = members.pop(
        "lines",
        (
            facts.LineSaid(external_id="A", title="Kettle", quantity=2, unit_price=price),
            facts.LineSaid(external_id="B", title="Cup", quantity=2, unit_price=price),
        ),
    )
    return facts.OrderSeen(
        external_id="9007199254740993",
        topic=topic,
        currency=currency,
        lines=lines,
        total=members.pop("total", Money(TOTALS[currency], currency)),
        source_updated_at=at(version),
        occurred_at=at(version),
        **members,
    )


def take(dossier: Dossier, fact: facts.Fact) -> list[Moment]:
    """What intake does with one fact, without the store."""
    if isinstance(fact, facts.OrderSeen):
        applying.take_order(dossier, fact, None, NOW)
    elif isinstance(fact, facts.ShipmentSeen):
        applying.take_parcel(dossier, fact.shipment, fact.source_updated_at, NOW)
    elif isinstance(fact, facts.TrackingSeen):
        applying.take_scans(applying.parcel_named(dossier, fact.shipment_external_id or "?", NOW), fact.events, NOW)
    elif isinstance(fact, facts.RefundSeen):
        applying.take_refund(dossier, fact.refund, fact.source_updated_at, NOW)
    applying.settle(dossier)
    return untold(dossier)


@dataclass(frozen=True)
class Outcome:
    """What can be seen of the end: the state without made-up ids, and each thing told."""

    state: dict[str, Any]
    told: list[str]


def live_through(history: list[facts.Fact]) -> Outcome:
    dossier = fresh_dossier()
    told = [moment.key for fact in history for moment in take(dossier, fact)]
    return Outcome(_picture(asdict(dossier)), told)


UNSEEN = {"id", "order_id", "shipment_id", "held_over", "moments", "is_new", "position"}


def _picture(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _picture(member) for key, member in sorted(value.items()) if key not in UNSEEN}
    return [_picture(each) for each in value] if isinstance(value, list) else value


def parcel(name: str, version: int, **members: Any) -> facts.ShipmentSeen:
    said = facts.ShipmentSaid(external_id=name, source_updated_at=at(version), **members)
    return facts.ShipmentSeen(
        order_external_id="9007199254740993", shipment=said, source_updated_at=at(version), occurred_at=at(version)
    )


def scan(
    name: str, status: S, hour: int, message: str | None = None, external_id: str | None = None
) -> facts.TrackingSeen:
    event = facts.TrackingEventSaid(status=status, occurred_at=at(hour), message=message, external_id=external_id)
    return facts.TrackingSeen(
        events=(event,), shipment_external_id=name, source_updated_at=at(hour), occurred_at=at(hour)
    )


def refund(name: str, minor: int, version: int, **members: Any) -> facts.RefundSeen:
    said = facts.RefundSaid(external_id=name, amount=Money(minor, members.pop("currency", "EUR")), **members)
    return facts.RefundSeen(
        order_external_id="9007199254740993", refund=said, source_updated_at=at(version), occurred_at=at(version)
    )


@st.composite
def histories(draw: st.DrawFn) -> list[facts.Fact]:
    """A life as it happened: placed, perhaps paid, sent in one or two parcels, scanned, delivered, refunded."""
    currency = draw(st.sampled_from(sorted(TOTALS)))
    life: list[facts.Fact] = [
        seen(0, "order.created", currency, email=draw(st.sampled_from([None, "ada@example.com"])))
    ]
    version = 1
    if draw(st.booleans()):
        life.append(seen(version, "order.paid", currency, financial_status=facts.FinancialStatus.PAID))
        version += 1
    life += draw(_parcels(version))
    version += 40
    if draw(st.booleans()):
        lines = (facts.RefundLineSaid(order_line_external_id="B", quantity=draw(st.integers(1, 2))),)
        gift = refund(
            "R1",
            draw(st.integers(1, TOTALS[currency])),
            version,
            currency=currency,
            lines=draw(st.sampled_from([(), lines])),
        )
        life.append(gift)
        if draw(st.booleans()):
            life.append(
                seen(
                    version + 1,
                    "order.updated",
                    currency,
                    refunds=(gift.refund,),
                    phone=draw(st.sampled_from([None, "+34600"])),
                )
            )
    if draw(st.booleans()):
        life.append(
            seen(version + 3, "order.cancelled", currency, cancelled_at=at(version + 2), cancel_reason="customer")
        )
    return life


@st.composite
def _parcels(draw: st.DrawFn, version: int) -> list[facts.Fact]:
    life: list[facts.Fact] = []
    contents = draw(
        st.sampled_from(
            [
                {"P1": [("A", 2), ("B", 2)]},
                {"P1": [("A", 2)], "P2": [("B", 2)]},
                {"P1": [("A", 1)], "P2": [("A", 1), ("B", 2)]},
            ]
        )
    )
    for index, (name, lines) in enumerate(contents.items()):
        said = tuple(facts.ShipmentLineSaid(order_line_external_id=line, quantity=count) for line, count in lines)
        begin = version + index
        life.append(
            parcel(
                name,
                begin,
                lines=said,
                tracking_numbers=(f"T{index}",),
                status=draw(st.sampled_from([None, S.LABEL_CREATED])),
            )
        )
        steps = draw(
            st.lists(st.sampled_from([S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.EXCEPTION, S.ATTEMPT_FAILED]), max_size=4)
        )
        life += [
            scan(name, status, begin + 1 + place, draw(st.sampled_from([None, "hub"])))
            for place, status in enumerate(steps)
        ]
        if draw(st.booleans()):
            life.append(scan(name, S.DELIVERED, begin + 10, external_id=draw(st.sampled_from([None, f"{name}-d"]))))
    return life
