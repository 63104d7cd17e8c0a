"""The clock's answer comes when all is done, also what a worker's pump took up just before the clock was moved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import due
from lab import Lab
from receiver import Receiver
from webhook_steps import an_endpoint, happens, names, post


async def test_what_a_workers_pump_made_a_job_of_in_between_is_done_before_the_answer(
    lab: Lab, monkeypatch: Any
) -> None:
    look = due.next_due

    async def a_pump_is_quicker(work: Any, shop_id: UUID, until: datetime) -> datetime | None:
        await due.pump_shop(work, shop_id, until)
        return await look(work, shop_id, until)

    async with Receiver() as receiver:
        since = (await lab.now()).isoformat().replace("+00:00", "Z")
        await happens(lab, "before")
        await lab.settle()
        endpoint = await an_endpoint(lab, receiver, types=["shop"])
        await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/replay-missing?since={since}")
        monkeypatch.setattr(due, "next_due", a_pump_is_quicker)

        await lab.advance("PT0S")

        assert names(receiver) == ["before"]
