"""Calls to the outside world end with their time, or with their process, and fail inside as if their time were over."""

import asyncio

import pytest

from aftersales_api.infra.calls import Calls


async def talk(calls, seconds=60.0):
    async with calls.within(seconds):
        await asyncio.sleep(60)


async def test_a_call_ends_with_its_time():
    with pytest.raises(TimeoutError):
        await talk(Calls(), 0.01)


async def test_calls_under_way_and_those_that_come_later_end_with_their_process():
    calls = Calls()
    under_way = [asyncio.create_task(talk(calls)) for _ in range(3)]
    await asyncio.sleep(0)
    calls.end()
    ended = await asyncio.gather(*under_way, return_exceptions=True)
    assert [type(each) for each in ended] == [TimeoutError] * 3
    with pytest.raises(TimeoutError):
        await talk(calls)


async def test_the_end_of_the_process_spares_a_call_that_has_its_answer():
    calls = Calls()
    async with calls.within(60):
        pass
    calls.end()
