"""Under a real worker: side by side within bounds, in order where order was asked, and the living unharmed by the dead."""

import asyncio

from aftersales_api.outbound.policy.capacity import SIDE_BY_SIDE
from lab import Lab, a_worker
from receiver import Receiver, hangs
from webhook_steps import an_endpoint, attempts, happens, names


class Counting(Receiver):
    """Takes its time and knows how many calls it serves at once."""

    now = most = 0

    async def _slow(self, writer: asyncio.StreamWriter) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()


async def test_one_endpoint_gets_a_bounded_number_of_calls_at_once_and_each_message_once(lab: Lab) -> None:
    async with Counting() as receiver:
        receiver.always = receiver._slow
        endpoint = await an_endpoint(lab, receiver)
        for number in range(40):
            await happens(lab, str(number))
        async with a_worker(lab):
            await receiver.until(40)

        assert sorted(names(receiver), key=int) == [str(number) for number in range(40)]
        assert 1 < receiver.most <= SIDE_BY_SIDE
        assert len(await attempts(lab, endpoint)) == 40


async def test_fifo_keeps_the_order_of_events_under_a_real_worker(lab: Lab) -> None:
    async with Counting() as receiver:
        receiver.always = receiver._slow
        await an_endpoint(lab, receiver, ordering="fifo")
        for number in range(20):
            await happens(lab, str(number))
        async with a_worker(lab):
            await receiver.until(20)

        assert names(receiver) == [str(number) for number in range(20)]
        assert receiver.most == 1


async def test_two_workers_send_each_message_once(lab: Lab) -> None:
    async with Receiver() as receiver:
        await an_endpoint(lab, receiver)
        for number in range(40):
            await happens(lab, str(number))
        async with a_worker(lab), a_worker(lab):
            await receiver.until(40)
            await asyncio.sleep(0.3)

        assert sorted(names(receiver), key=int) == [str(number) for number in range(40)]


async def test_dead_endpoints_do_not_hold_up_a_living_one(lab: Lab) -> None:
    async with Receiver(always=hangs) as dead, Receiver() as living:
        dead_ones = [await an_endpoint(lab, dead) for _ in range(20)]
        await an_endpoint(lab, living)
        async with a_worker(lab):
            for number in range(10):
                await happens(lab, str(number))
            await living.until(10)

            assert len(dead.got) >= 20
            assert [await attempts(lab, each) for each in dead_ones] == [[]] * 20, "their first calls still hang"
            dead.always = 200
            dead.hang_up()
