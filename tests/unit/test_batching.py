"""What comes at the same moment is done together."""

import asyncio

import pytest

from aftersales_api.infra.batching import Batching


class Desk:
    """Does batches slowly enough that the next one gathers, and remembers them."""

    def __init__(self, *, most=10, at_once=1, fault=None):
        self.batches = []
        self.fault = fault
        self.go_on = asyncio.Event()
        self.batching = Batching(self.do, most=most, at_once=at_once)

    async def do(self, items):
        self.batches.append(list(items))
        await self.go_on.wait()
        if self.fault is not None and 13 in items:
            raise self.fault
        return [item * 2 for item in items]

    async def all_of(self, items, name=None):
        asked = [asyncio.create_task(self.batching.add(name or "desk", item)) for item in items]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return asked


async def test_while_one_batch_is_done_the_next_gathers():
    desk = Desk()
    asked = await desk.all_of([1]) + await desk.all_of([2, 3, 4])
    desk.go_on.set()
    assert await asyncio.gather(*asked) == [2, 4, 6, 8]
    assert desk.batches == [[1], [2, 3, 4]]


async def test_a_batch_holds_no_more_than_agreed():
    desk = Desk(most=2)
    asked = await desk.all_of([1]) + await desk.all_of([2, 3, 4, 5, 6])
    desk.go_on.set()
    await asyncio.gather(*asked)
    assert desk.batches == [[1], [2, 3], [4, 5], [6]]


async def test_names_are_never_mixed_and_take_turns():
    desk = Desk(most=2)
    asked = await desk.all_of([1], "a") + await desk.all_of([2, 3, 4, 5], "a") + await desk.all_of([6, 7], "b")
    desk.go_on.set()
    await asyncio.gather(*asked)
    assert desk.batches == [[1], [2, 3], [6, 7], [4, 5]]


async def test_what_fails_together_is_tried_alone():
    desk = Desk(fault=ValueError("thirteen"))
    asked = await desk.all_of([1]) + await desk.all_of([12, 13, 14])
    desk.go_on.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(each) for each in found] == ["2", "24", "thirteen", "28"]
    assert desk.batches == [[1], [12, 13, 14], [12], [13], [14]]


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError()])
async def test_where_nobody_answers_nothing_is_tried_again(fault):
    desk = Desk(fault=fault)
    asked = await desk.all_of([1]) + await desk.all_of([12, 13])
    desk.go_on.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert found == [2, fault, fault]
    assert desk.batches == [[1], [12, 13]]


async def test_so_many_batches_are_done_side_by_side():
    desk = Desk(at_once=2)
    asked = await desk.all_of([1]) + await desk.all_of([2]) + await desk.all_of([3, 4])
    assert desk.batches == [[1], [2]]
    desk.go_on.set()
    await asyncio.gather(*asked)
    assert desk.batches == [[1], [2], [3, 4]]


async def test_who_stops_waiting_does_not_stop_the_others():
    desk = Desk()
    first, second, third = await desk.all_of([1, 2, 3])
    second.cancel()
    desk.go_on.set()
    assert (await first, await third) == (2, 6)
