"""What customers and agents ask for while the worker is busy with the same order: nobody waits for anybody in a ring."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.ids import parse
from returns_story import a_line, approved, confirm, delivered, pay

WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


async def until_somebody_waits(tx):
    async with asyncio.timeout(10):
        while not await tx.scalar(WAITING):  # noqa: ASYNC110 - PostgreSQL tells nobody who begins to wait
            await asyncio.sleep(0.02)


async def test_a_withdrawal_is_declared_while_a_message_to_the_same_customer_is_being_written(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    body = {"order_id": order["id"], "name": "Ada", "email": "ada@example.com"}
    drafted = (await lab.client.post("/v1/withdrawals", json=body)).json()
    await lab.settle()
    async with lab.tx() as tx:
        await advisory_lock(tx, "contact", parse("cus", order["customer"]["id"]))
        declaring = asyncio.create_task(lab.client.post(f"/v1/withdrawals/{drafted['id']}/confirm"))
        await until_somebody_waits(tx)
        await tx.execute(text("SET LOCAL lock_timeout = '300ms'"))
        # What writing a row that names the order asks of it.
        named = await tx.scalar(
            text("SELECT id FROM orders WHERE id = :id FOR KEY SHARE"), {"id": parse("ord", order["id"])}
        )
        assert isinstance(named, UUID)
    assert (await declaring).json()["status"] == "declared"


async def test_a_receipt_does_not_wait_for_the_worker_that_is_closing_the_return(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00", country="US")
    back = await approved(lab, order, legal_basis="goodwill")
    await confirm(lab, (await pay(lab, back)).json())
    async with lab.tx() as tx:
        taken = await tx.execute(text("DELETE FROM jobs WHERE kind = 'returns.settle' RETURNING id"))
        assert taken.all()
        async with asyncio.timeout(5):
            answer = await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
        assert answer.status_code == 201
    await lab.settle()
