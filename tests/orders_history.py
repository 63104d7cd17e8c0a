"""Invented lives of an order, and what is left of them when their facts arrive in any order, any number of times."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts, intake
from aftersales_api.orders.facts import FinancialStatus as F
from aftersales_api.orders.facts import ShipmentStatus as S
from aftersales_api.orders.policy import applying, children
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
        children.take_parcel(dossier, fact.shipment, fact.source_updated_at, NOW)
    elif isinstance(fact, facts.TrackingSeen):
        children.take_scans(children.parcel_named(dossier, fact.shipment_external_id or "?", NOW), fact.events, NOW)
    elif isinstance(fact, facts.RefundSeen):
        children.take_refund(dossier, fact.refund, fact.source_updated_at, NOW)
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
    return Outcome(picture(asdict(dossier)), told)


UNSEEN = {"id", "order_id", "shipment_id", "held_over", "moments", "is_new", "position"}


def picture(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: picture(member) for key, member in sorted(value.items()) if key not in UNSEEN}
    return [picture(each) for each in value] if isinstance(value, list) else value


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


CONTENTS: list[dict[str, list[tuple[str, int]]]] = [
    {"P1": [("A", 2), ("B", 2)]},
    {"P1": [("A", 2)], "P2": [("B", 2)]},
    {"P1": [("A", 1)], "P2": [("A", 1), ("B", 2)]},
    {"P1": [("A", 2)]},
]
MAYBE = st.booleans()


@st.composite
def histories(draw: st.DrawFn) -> list[facts.Fact]:
    """A life as it happened: placed, perhaps paid, sent in one or two parcels, edited, refunded, cancelled."""
    currency = draw(st.sampled_from(sorted(TOTALS)))
    life: list[facts.Fact] = [
        seen(0, "order.created", currency, email=draw(st.sampled_from([None, "ada@example.com"])))
    ]
    if draw(MAYBE):
        life.append(seen(0, "order.updated", currency, financial_status=draw(st.sampled_from([None, F.AUTHORIZED]))))
    if draw(MAYBE):
        life.append(seen(1, "order.paid", currency, financial_status=F.PAID))
    contents = draw(st.sampled_from(CONTENTS))
    parcels = draw(_parcels(contents))
    life += parcels
    left: dict[str, Any] = {}
    if draw(MAYBE):
        if contents == CONTENTS[-1]:
            left = {"lines": lines_left(currency, B=0)}
        nested = tuple(each.shipment for each in parcels if isinstance(each, facts.ShipmentSeen))
        life.append(seen(41, "order.updated", currency, shipments=draw(st.sampled_from([(), nested])), **left))
    life += draw(_refunds(currency, left))
    if draw(MAYBE):
        life.append(seen(50, "order.cancelled", currency, cancelled_at=at(49), cancel_reason="customer", **left))
    return life


def lines_left(currency: str, **left: int) -> tuple[facts.LineSaid, ...]:
    """The two lines of the order, with what is left of them."""
    price = Money(TOTALS[currency] // 4, currency)
    names = (("A", "Kettle"), ("B", "Cup"))
    return tuple(
        facts.LineSaid(external_id=name, title=title, quantity=2, unit_price=price, current_quantity=left.get(name))
        for name, title in names
    )


@st.composite
def _refunds(draw: st.DrawFn, currency: str, left: dict[str, Any]) -> list[facts.Fact]:
    if not draw(MAYBE):
        return []
    named = (facts.RefundLineSaid(order_line_external_id="B", quantity=draw(st.integers(1, 2))),)
    minor = draw(st.integers(1, TOTALS[currency]))
    given = refund("R1", minor, 45, currency=currency, lines=draw(st.sampled_from([(), named])))
    phone = draw(st.sampled_from([None, "+34600"]))
    return [
        given,
        *([seen(46, currency=currency, refunds=(given.refund,), phone=phone, **left)] if draw(MAYBE) else []),
    ]


@st.composite
def _parcels(draw: st.DrawFn, contents: dict[str, list[tuple[str, int]]]) -> list[facts.Fact]:
    life: list[facts.Fact] = []
    for index, (name, lines) in enumerate(contents.items()):
        said = tuple(facts.ShipmentLineSaid(order_line_external_id=line, quantity=count) for line, count in lines)
        begin = 2 + index
        status = draw(st.sampled_from([None, S.LABEL_CREATED]))
        life.append(parcel(name, begin, lines=said, tracking_numbers=(f"T{index}",), status=status))
        steps = draw(
            st.lists(st.sampled_from([S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.EXCEPTION, S.ATTEMPT_FAILED]), max_size=4)
        )
        for place, step in enumerate(steps):
            life.append(scan(name, step, begin + 1 + place, draw(st.sampled_from([None, "hub"]))))
        if draw(MAYBE):
            life.append(scan(name, S.DELIVERED, begin + 10, external_id=draw(st.sampled_from([None, f"{name}-d"]))))
    return life


async def tell(lab: Any, history: list[facts.Fact], source: str = "generic") -> list[str]:
    outcomes = []
    for fact in history:
        async with lab.tx() as tx:
            outcomes.append((await intake.apply(tx, fact, now=await_now(fact), source=source)).outcome)
    return outcomes


def await_now(fact: facts.Fact) -> Any:
    return max(fact.source_updated_at, fact.occurred_at)


async def order_of(lab: Any, source: str = "generic") -> dict[str, Any]:
    (order,) = (await lab.client.get("/v1/orders", params={"source": source})).json()["items"]
    return order


async def told(lab: Any, order: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (
            await lab.client.get(
                f"/v1/orders/{order['id']}/timeline", params={"limit": 100, "oldest_first": True, **cursor}
            )
        ).json()
        found += page["items"]
        if not page["has_more"]:
            return [entry for entry in found if entry["type"] != "order.updated"]
        cursor = {"cursor": page["next_cursor"]}
