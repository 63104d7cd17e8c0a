"""What was paid for a line of WooCommerce: its REST API sends amounts without tax, and unit prices that do not divide."""

from typing import Any

from senders import connect, deliver, payload, woocommerce


def line(subtotal: str, total: str, tax: str, quantity: int = 3) -> dict[str, Any]:
    """A line of one product."""
    return {
        "id": 1,
        "name": "T\u00e9",
        "product_id": 93,
        "variation_id": 0,
        "quantity": quantity,
        "subtotal": subtotal,
        "total": total,
        "total_tax": tax,
        "sku": "TE",
    }


async def an_order(lab, only: dict[str, Any], total: str, tax: str, **members: Any) -> dict[str, Any]:
    """The order as the API shows it, after WooCommerce sent one with this line and nothing else."""
    made = await connect(lab, "woocommerce")
    bare = {"shipping_total": "0.00", "shipping_tax": "0.00", "discount_total": "0.00", "fee_lines": [], "refunds": []}
    body = {**payload("woocommerce", "order.created"), **bare, "line_items": [only], "total": total, "total_tax": tax}
    await deliver(lab, made, woocommerce("order.created", {**body, **members}))
    await lab.settle()
    (found,) = (await lab.client.get("/v1/orders", params={"external_id": "727"})).json()["items"]
    return found


async def test_three_for_ten_are_paid_with_ten(lab):
    order = await an_order(lab, line("10.00", "10.00", "0.00"), "10.00", "0.00", prices_include_tax=False)

    (three,) = order["lines"]
    assert (three["unit_price"]["amount"], three["paid"]["amount"]) == ("3.33", "10.00")


async def test_a_discount_on_a_price_that_does_not_divide_loses_no_cent(lab):
    order = await an_order(lab, line("10.00", "8.00", "1.68"), "9.68", "1.68", prices_include_tax=False)

    (three,) = order["lines"]
    assert (three["discount_total"]["amount"], three["paid"]["amount"]) == ("2.00", "9.68")


async def test_prices_shown_with_tax_are_still_sent_without_it(lab):
    order = await an_order(
        lab,
        line("10.00", "10.00", "2.10", quantity=1),
        "17.10",
        "2.97",
        prices_include_tax=True,
        shipping_total="4.13",
        shipping_tax="0.87",
    )

    (one,) = order["lines"]
    assert (one["unit_price"]["amount"], one["tax_included"], one["paid"]["amount"]) == ("10.00", False, "12.10")
    assert (order["taxes_included"], order["shipping_total"]["amount"]) == (True, "5.00")


async def test_the_mail_shows_prices_as_the_shop_did(lab):
    now = f"{await lab.now():%Y-%m-%dT%H:%M:%S}"
    today = dict.fromkeys(("date_created_gmt", "date_modified_gmt", "date_paid_gmt"), now)
    only = line("10.00", "10.00", "2.10", quantity=1)
    await an_order(lab, only, "12.10", "2.10", prices_include_tax=True, **today)

    (mail,) = await lab.mails()
    assert "12,10" in mail["text"]
    assert "10,00" not in mail["text"]


async def test_a_bridge_that_sends_amounts_with_tax_is_told_by_the_sum(lab):
    order = await an_order(lab, line("12.10", "12.10", "2.10", quantity=1), "12.10", "2.10", prices_include_tax=True)

    (one,) = order["lines"]
    assert (one["tax_included"], one["paid"]["amount"]) == (True, "12.10")


async def test_a_cancelled_order_that_is_touched_again_is_cancelled_once(lab):
    made = await connect(lab, "woocommerce")
    for minute in (1, 2, 3):
        body = {
            **payload("woocommerce", "order.updated"),
            "status": "cancelled",
            "date_modified_gmt": f"2026-06-02T10:0{minute}:00",
        }
        await deliver(lab, made, woocommerce("order.updated", body))
        await lab.settle()
    (order,) = (await lab.client.get("/v1/orders", params={"external_id": "727"})).json()["items"]
    told = (await lab.client.get(f"/v1/orders/{order['id']}/timeline?type=order.cancelled")).json()["items"]

    assert (order["cancelled_at"], len(told)) == ("2026-06-02T10:01:00Z", 1)


async def test_an_order_taken_up_again_can_be_cancelled_again(lab):
    made = await connect(lab, "woocommerce")
    for minute, status in enumerate(("cancelled", "processing", "cancelled"), start=1):
        body = {
            **payload("woocommerce", "order.updated"),
            "status": status,
            "date_modified_gmt": f"2026-06-02T10:0{minute}:00",
        }
        await deliver(lab, made, woocommerce("order.updated", body))
        await lab.settle()
    (order,) = (await lab.client.get("/v1/orders", params={"external_id": "727"})).json()["items"]
    story = (await lab.client.get(f"/v1/orders/{order['id']}/timeline?limit=100")).json()["items"]
    told = [each["type"] for each in reversed(story) if each["type"] in {"order.cancelled", "order.uncancelled"}]

    assert (order["cancelled_at"], told) == (
        "2026-06-02T10:03:00Z",
        ["order.cancelled", "order.uncancelled", "order.cancelled"],
    )
