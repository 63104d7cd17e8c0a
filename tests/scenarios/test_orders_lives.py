"""Lives of orders: stubs, cancellations taken back, tombstones, lost and recycled parcels, tests, erasure."""

from dataclasses import replace
from typing import Any

from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from aftersales_api.orders.facts import ShipmentStatus as S
from orders_history import at, order_of, parcel, refund, scan, seen, tell, told

ORDER = "9007199254740993"


def contents(**units: int) -> tuple[facts.ShipmentLineSaid, ...]:
    return tuple(facts.ShipmentLineSaid(order_line_external_id=line, quantity=count) for line, count in units.items())


def lines(**left: int) -> tuple[facts.LineSaid, ...]:
    price = Money(1250, "EUR")
    return tuple(
        facts.LineSaid(external_id=line, quantity=2, current_quantity=count, unit_price=price)
        for line, count in left.items()
    )


def track(number: str, status: S, hour: int, carrier: str | None = None) -> facts.TrackingSeen:
    event = facts.TrackingEventSaid(status=status, occurred_at=at(hour))
    return facts.TrackingSeen(
        events=(event,), carrier=carrier, tracking_number=number, source_updated_at=at(hour), occurred_at=at(hour)
    )


async def deliveries(lab: Any, order: dict[str, Any]) -> list[str]:
    return [entry["occurred_at"] for entry in await told(lab, order) if entry["type"] == "order.delivered"]


async def test_a_child_first_makes_a_stub_which_its_order_fills(lab: Any) -> None:
    await tell(lab, [parcel("P1", 2, lines=contents(A=2, B=2)), scan("P1", S.DELIVERED, 12)])
    stub = await order_of(lab)
    quiet = await told(lab, stub)
    await tell(lab, [seen(0, "order.created", number="#1001", email="ada@example.com")])
    order = await order_of(lab)

    assert (stub["source_state"], stub["total"], stub["lines"], quiet) == ("stub", None, [], [])
    assert (order["id"], order["source_state"], order["number"]) == (stub["id"], "real", "#1001")
    assert await deliveries(lab, order) == ["2026-05-01T21:00:00Z"]
    assert all(entry["data"]["customer_id"] for entry in await told(lab, order))


async def test_an_order_is_delivered_when_its_remaining_items_are(lab: Any) -> None:
    await tell(lab, [seen(0), parcel("PA", 1, lines=contents(A=2)), scan("PA", S.DELIVERED, 10)])
    before = await deliveries(lab, await order_of(lab))
    await tell(lab, [seen(40, lines=lines(A=2, B=0))])
    order = await order_of(lab)

    assert before == []
    assert await deliveries(lab, order) == ["2026-05-01T19:00:00Z"]
    assert (order["delivery_status"], order["delivered_at"]) == ("delivered", "2026-05-01T19:00:00Z")
    assert [line["cancelled_qty"] for line in order["lines"]] == [0, 2]


async def test_an_order_in_two_parcels_is_delivered_with_the_last(lab: Any) -> None:
    await tell(
        lab,
        [
            seen(0),
            parcel("PA", 1, lines=contents(A=2)),
            parcel("PB", 1, lines=contents(B=2)),
            scan("PB", S.DELIVERED, 30),
        ],
    )
    partly = await order_of(lab)
    await tell(lab, [scan("PA", S.DELIVERED, 10)])
    order = await order_of(lab)

    assert (partly["delivery_status"], partly["delivered_at"]) == ("partially_delivered", None)
    assert await deliveries(lab, order) == ["2026-05-02T15:00:00Z"]


async def test_a_delivery_before_the_cancellation_is_told_although_it_is_heard_of_later(lab: Any) -> None:
    await tell(
        lab,
        [
            seen(0),
            parcel("P1", 1, lines=contents(A=2, B=2)),
            seen(20, cancelled_at=at(20)),
            scan("P1", S.DELIVERED, 10),
        ],
    )

    order = await order_of(lab)
    (entry,) = [entry for entry in await told(lab, order) if entry["type"] == "order.delivered"]
    assert (entry["occurred_at"], entry["data"]["status"]) == ("2026-05-01T19:00:00Z", "cancelled")


async def test_a_delivery_after_the_cancellation_is_not_the_orders(lab: Any) -> None:
    await tell(
        lab,
        [seen(0), parcel("P1", 1, lines=contents(A=2, B=2)), seen(5, cancelled_at=at(5)), scan("P1", S.DELIVERED, 10)],
    )

    order = await order_of(lab)
    assert await deliveries(lab, order) == []
    assert (order["status"], order["delivery_status"], order["delivered_at"]) == (
        "cancelled",
        "delivered",
        "2026-05-01T19:00:00Z",
    ), "the parcel came all the same, and the order says when"


async def test_an_order_taken_up_again_and_underway_again_is_not_there_yet(lab: Any) -> None:
    first = [
        seen(0),
        parcel("P1", 1, lines=contents(A=2, B=2)),
        seen(5, cancelled_at=at(5)),
        scan("P1", S.DELIVERED, 10),
    ]
    await tell(lab, [*first, seen(30), parcel("P2", 31, lines=contents(A=2, B=2)), scan("P2", S.IN_TRANSIT, 32)])

    order = await order_of(lab)
    assert (order["delivery_status"], order["delivered_at"]) == ("partially_delivered", None)


async def test_an_order_taken_up_again_and_shipped_again_is_delivered_again(lab: Any) -> None:
    first = [seen(0), parcel("P1", 1, lines=contents(A=2, B=2)), scan("P1", S.DELIVERED, 10)]
    again = [parcel("P2", 31, lines=contents(A=2, B=2)), scan("P2", S.DELIVERED, 40)]
    await tell(lab, [*first, seen(20, cancelled_at=at(20)), seen(30), *again, *again])

    order = await order_of(lab)
    types = [entry["type"] for entry in await told(lab, order)]
    assert await deliveries(lab, order) == ["2026-05-01T19:00:00Z", "2026-05-03T01:00:00Z"]
    assert (types.count("order.cancelled"), types.count("order.uncancelled"), order["status"]) == (1, 1, "open")


async def test_taking_a_cancellation_back_without_shipping_again_delivers_nothing_again(lab: Any) -> None:
    await tell(
        lab,
        [
            seen(0),
            parcel("P1", 1, lines=contents(A=2, B=2)),
            scan("P1", S.DELIVERED, 10),
            seen(20, cancelled_at=at(20)),
            seen(30),
        ],
    )

    assert await deliveries(lab, await order_of(lab)) == ["2026-05-01T19:00:00Z"]


async def test_a_deletion_heard_of_first_stays_until_it_is_lifted(lab: Any) -> None:
    gone = facts.OrderDeleted(external_id=ORDER, source_updated_at=at(9), occurred_at=at(9))
    back = facts.OrderRestored(external_id=ORDER, source_updated_at=at(12), occurred_at=at(12))
    await tell(lab, [gone, seen(0, "order.created"), seen(5)])
    deleted = await order_of(lab)
    await tell(lab, [back, gone])
    restored = await order_of(lab)

    assert (deleted["status"], restored["status"]) == ("deleted", "open")
    assert [
        entry["type"] for entry in await told(lab, restored) if entry["type"] in {"order.deleted", "order.restored"}
    ] == ["order.deleted", "order.restored"]


async def test_scans_of_an_unknown_number_wait_for_their_parcel(lab: Any) -> None:
    await tell(
        lab,
        [track("es-1\n", S.IN_TRANSIT, 3), track("ES-1", S.DELIVERED, 8), track("ES-1", S.DELIVERED, 8), seen(0)],
        "aftership",
    )
    await tell(lab, [seen(0), parcel("P1", 1, lines=contents(A=2, B=2), tracking_numbers=("ES-1",))])

    order = await order_of(lab)
    assert [each["status"] for each in order["shipments"][0]["events"]] == ["in_transit", "delivered"]
    assert await deliveries(lab, order) == ["2026-05-01T17:00:00Z"]


async def test_a_scan_told_late_waits_for_its_parcel_however_long_ago_it_happened(lab: Any) -> None:
    late = replace(track("T1", S.IN_TRANSIT, -24 * 100), source_updated_at=at(0))
    await tell(lab, [late, parcel("P1", 1, tracking_numbers=("T1",))])

    assert (await order_of(lab))["shipments"][0]["status"] == "in_transit"


async def test_a_recycled_number_belongs_to_the_newest_open_parcel(lab: Any) -> None:
    old = parcel("OLD", 1, tracking_numbers=("T1",), shipped_at=at(1))
    new = parcel("NEW", 50, tracking_numbers=("T1",), shipped_at=at(50))
    await tell(lab, [seen(0), old, track("T1", S.DELIVERED, 10), new, track("T1", S.IN_TRANSIT, 55)])

    status = {each["external_id"]: each["status"] for each in (await order_of(lab))["shipments"]}
    assert status == {"OLD": "delivered", "NEW": "in_transit"}


async def test_of_two_carriers_with_one_number_the_named_one_counts(lab: Any) -> None:
    one = parcel("P1", 1, tracking_numbers=("T1",), carrier="Correos Express")
    two = parcel("P2", 2, tracking_numbers=("T1",), carrier="SEUR")
    await tell(lab, [seen(0), one, two, track("T1", S.DELIVERED, 10, "correos-express")])

    status = {each["external_id"]: each["status"] for each in (await order_of(lab))["shipments"]}
    assert status == {"P1": "delivered", "P2": "unknown"}


async def test_a_test_order_is_kept_and_flagged_and_so_is_everything_told_of_it(lab: Any) -> None:
    await tell(lab, [seen(0, is_test=True), parcel("P1", 1, lines=contents(A=2, B=2)), scan("P1", S.DELIVERED, 10)])

    order = await order_of(lab)
    assert order["is_test"]
    assert all(entry["is_test"] and entry["data"]["is_test"] for entry in await told(lab, order))


def trial(status: S, hour: int) -> facts.TrackingSeen:
    """A carrier's test of the real parcel P1."""
    return replace(scan("P1", status, hour), order_external_id=ORDER, is_test=True)


async def test_a_carriers_test_is_kept_and_moves_no_real_parcel(lab: Any) -> None:
    await tell(lab, [seen(0), parcel("P1", 1, lines=contents(A=2, B=2)), trial(S.DELIVERED, 10)])

    order = await order_of(lab)
    (shipment,) = order["shipments"]
    assert [(each["status"], each["is_test"]) for each in shipment["events"]] == [("delivered", True)]
    assert (shipment["status"], shipment["delivered_at"], order["delivered_at"]) == ("unknown", None, None)
    assert not [entry for entry in await told(lab, order) if "delivered" in entry["type"] or entry["is_test"]]


async def test_the_same_scan_in_earnest_after_a_test_counts(lab: Any) -> None:
    real = replace(trial(S.DELIVERED, 10), is_test=False)
    await tell(lab, [seen(0), parcel("P1", 1, lines=contents(A=2, B=2)), trial(S.DELIVERED, 10), real])

    order = await order_of(lab)
    assert await deliveries(lab, order) == ["2026-05-01T19:00:00Z"]
    assert [each["is_test"] for each in order["shipments"][0]["events"]] == [False]


async def test_a_carriers_test_of_an_unknown_number_does_not_keep_the_real_scan_out(lab: Any) -> None:
    waiting = replace(track("T1", S.DELIVERED, 10), is_test=True)
    await tell(lab, [waiting, replace(waiting, is_test=False), seen(0), parcel("P1", 1, tracking_numbers=("T1",))])

    (shipment,) = (await order_of(lab))["shipments"]
    assert (shipment["status"], [each["is_test"] for each in shipment["events"]]) == ("delivered", [False])


async def test_a_parcel_whose_contents_are_not_lines_of_the_order_carries_all_of_it(lab: Any) -> None:
    await tell(lab, [seen(0), parcel("P1", 1, lines=contents(Z=1)), scan("P1", S.DELIVERED, 10)])

    order = await order_of(lab)
    assert (order["fulfilment_status"], order["delivery_status"]) == ("fulfilled", "delivered")


async def test_an_order_of_the_platform_is_forgotten_with_its_customer(lab: Any) -> None:
    address = facts.AddressSaid(name="Ada", city="Soria", postal_code="42001", country="ES")
    buyer = facts.CustomerSaid(external_id="c1", email="ada@example.com", first_name="Ada")
    members: dict[str, Any] = {"email": "ada@example.com", "customer": buyer, "shipping_address": address}
    asked = facts.PrivacyAsked(
        kind="redact_customer",
        customer_external_id="c1",
        email="ada@example.com",
        order_external_ids=(ORDER, "7"),
        source_updated_at=at(9),
        occurred_at=at(9),
    )
    unknown = facts.OrderSeen(
        **{
            **{name: getattr(seen(1, **members), name) for name in facts.OrderSeen.__dataclass_fields__},
            "external_id": "7",
        }
    )
    await tell(lab, [seen(0, **members), asked])
    await lab.settle()
    await tell(lab, [seen(50, **members, refunds=(refund("R1", 100, 50, note="for Ada").refund,)), unknown])

    orders = (await lab.client.get("/v1/orders")).json()["items"]
    text = (await lab.client.get("/v1/orders")).text + (await lab.client.get("/v1/customers")).text
    assert len(orders) == 2
    assert all(order["shipping_address"]["postal_code"] == "42" for order in orders)
    assert not any(name in text for name in ("Ada", "ada@example.com", "Soria", "42001"))
    assert (await lab.client.get("/v1/customers", params={"status": "redacted"})).json()["items"] != []


async def test_a_shops_connection_is_forgotten_as_a_whole(lab: Any) -> None:
    buyer = facts.CustomerSaid(external_id="c1", email="bo@example.com", first_name="Bo")
    guest = facts.OrderSeen(
        **{
            **{name: getattr(seen(1, email="ada@example.com"), name) for name in facts.OrderSeen.__dataclass_fields__},
            "external_id": "7",
        }
    )
    asked = facts.PrivacyAsked(kind="redact_shop", source_updated_at=at(9), occurred_at=at(9))
    await tell(lab, [seen(0, email="bo@example.com", customer=buyer), guest, asked])
    await lab.settle()

    text = (await lab.client.get("/v1/orders")).text + (await lab.client.get("/v1/customers")).text
    assert not any(name in text for name in ("Bo", "bo@example.com", "ada@example.com"))
    assert [order["total"]["amount"] for order in (await lab.client.get("/v1/orders")).json()["items"]] == [
        "50.00",
        "50.00",
    ]


async def test_two_customers_of_a_platform_become_one_before_or_after_they_are_known(lab: Any) -> None:
    merged = facts.CustomersMerged(
        from_external_id="c2", into_external_id="c1", source_updated_at=at(3), occurred_at=at(3)
    )
    known = [
        facts.CustomerSeen(
            customer=facts.CustomerSaid(external_id=name, first_name=name), source_updated_at=at(1), occurred_at=at(1)
        )
        for name in ("c1", "c2")
    ]
    other = await lab.other()
    await tell(lab, [*known, merged])
    await tell(other, [merged, *known])

    for shop in (lab, other):
        (customer,) = (await shop.client.get("/v1/customers")).json()["items"]
        assert (
            customer["first_name"],
            [
                (name["external_id"], name["is_alias"])
                for name in sorted(customer["identities"], key=lambda name: name["external_id"])
            ],
        ) == (
            "c1",
            [("c1", False), ("c2", True)],
        )


async def test_a_deleted_customer_comes_back_with_newer_news_only(lab: Any) -> None:
    def said(hour: int) -> facts.CustomerSeen:
        return facts.CustomerSeen(
            customer=facts.CustomerSaid(external_id="c1", source_updated_at=at(hour)),
            source_updated_at=at(hour),
            occurred_at=at(hour),
        )

    statuses = []
    for fact in (
        said(1),
        facts.CustomerDeleted(external_id="c1", source_updated_at=at(5), occurred_at=at(5)),
        said(3),
        said(7),
    ):
        await tell(lab, [fact])
        statuses.append(
            (await lab.client.get("/v1/customers", params={"external_id": "c1"})).json()["items"][0]["status"]
        )

    assert statuses == ["active", "deleted", "deleted", "active"]


async def test_a_dispute_of_the_platform_is_told_once_per_change(lab: Any) -> None:
    dispute = facts.OutsideCaseSeen(
        kind="dispute",
        topic="dispute.created",
        external_id="d1",
        order_external_id=ORDER,
        amount=Money(5000, "EUR"),
        source_updated_at=at(5),
        occurred_at=at(5),
    )
    outcomes = await tell(lab, [seen(0), dispute, dispute])
    older = facts.OutsideCaseSeen(
        kind="dispute", topic="dispute.created", external_id="d1", source_updated_at=at(4), occurred_at=at(4)
    )

    assert [*outcomes, *(await tell(lab, [older]))] == ["applied", "applied", "applied", "stale"]
    assert [entry["type"] for entry in await told(lab, await order_of(lab))].count("platform_case.seen") == 1
