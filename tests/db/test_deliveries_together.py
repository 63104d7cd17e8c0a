"""What deliveries cost when many are applied together."""

from sqlalchemy import text

from aftersales_api.inbound.inbox import processing
from plans import read
from senders import connect, deliver, payload, shopify


async def kept(lab, made, numbers):
    for number in numbers:
        order = {**payload("shopify", "orders_create"), "id": 7_000_000 + number, "email": f"d{number}@example.com"}
        await deliver(lab, made, shopify("orders/create", order))
    async with lab.tx() as tx:
        return list(await tx.scalars(text("DELETE FROM jobs WHERE kind = 'inbox.process' RETURNING ref")))


async def test_thirty_deliveries_cost_as_many_statements_as_two(lab):
    made = await connect(lab, "shopify")
    cost = {}
    for batch in (range(2), range(2, 32)):
        refs = await kept(lab, made, batch)
        async with lab.tx() as tx:
            now = await lab.now()
            with read(lab) as statements:
                await processing.process(tx, [(ref, {}) for ref in refs], now)
            cost[len(refs)] = len(statements)
            done = await tx.scalar(
                text("SELECT count(*) FROM inbound_deliveries WHERE id = ANY(:ids) AND status = 'processed'"),
                {"ids": refs},
            )
        assert done == len(refs)
    assert cost[2] == cost[30] <= 8, cost
