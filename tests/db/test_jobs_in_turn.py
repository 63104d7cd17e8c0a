"""Nobody waits behind somebody else's herd, and one bad job of a batch spoils nothing for its neighbours."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from aftersales_api.infra import claims, due, jobs
from aftersales_api.infra.jobs import InOne, Many

HERD = 2_500


@pytest.fixture
def work(lab):
    return lab.app.state.work


async def fall_due(lab, number):
    """So many rows of this shop whose instant has come."""
    async with lab.tx() as tx:
        await tx.execute(
            text(
                "INSERT INTO case_countings (shop_id, id, due_at) "
                "SELECT :shop, gen_random_uuid(), now() - interval '1 hour' FROM generate_series(1, :n)"
            ),
            {"shop": lab.shop_id, "n": number},
        )


async def moved(lab):
    async with lab.tx() as tx:
        found = await tx.scalar(text("SELECT count(*) FROM case_countings WHERE queued_at IS NOT NULL"))
        assert found == await tx.scalar(text("SELECT count(*) FROM jobs WHERE key LIKE 'case_countings:%'"))
        return found


async def forget(*labs):
    for lab in labs:
        async with lab.tx() as tx:
            await tx.execute(text("DELETE FROM jobs"))
            await tx.execute(text("DELETE FROM case_countings"))


async def test_a_small_shops_row_is_moved_in_the_first_round_beside_a_herd(lab, work):
    small = await lab.other(name="Small")
    await forget(lab, small)
    await fall_due(lab, HERD)
    await fall_due(small, 1)
    await due.pump(work)
    assert await moved(small) == 1
    assert due.PER_SHOP <= await moved(lab) <= due.ALONE
    await forget(lab, small)


async def test_a_shop_with_enough_to_do_is_passed_over_until_it_has_less(lab, work):
    small = await lab.other(name="Small")
    await forget(lab, small)
    await fall_due(lab, HERD)
    for _ in range(20):
        await due.pump(work)
    full = await moved(lab)
    assert due.ENOUGH <= full < due.ENOUGH + due.ALONE
    await fall_due(small, 1)
    await due.pump(work)
    assert (await moved(small), await moved(lab)) == (1, full)
    async with lab.tx() as tx:
        await tx.execute(text("DELETE FROM jobs"))
        await tx.execute(text("DELETE FROM case_countings WHERE queued_at IS NOT NULL"))
    await due.pump(work)
    assert await moved(lab) > 0
    await forget(lab, small)


async def test_a_claim_takes_of_every_shop_and_never_all_of_one(lab, work):
    small = await lab.other(name="Small")
    await forget(lab, small)
    for owner, number in ((lab, 300), (small, 1)):
        async with owner.tx() as tx:
            await jobs.enqueue_all(tx, [("test.any", uuid4(), None, {}) for _ in range(number)])
    taken = [job.shop_id for job in await claims.claim(work, 100_000)]
    assert (taken.count(lab.shop_id), taken.count(small.shop_id)) == (100, 1)
    await forget(lab, small)


async def test_asking_whether_there_is_work_agrees_with_taking_it(lab, work):
    await forget(lab)
    while await claims.claim(work, 100_000):
        pass  # what other shops left
    assert not await claims.is_any(work)
    async with lab.tx() as tx:
        await jobs.enqueue(tx, "test.any", uuid4())
    assert await claims.is_any(work)
    async with work.pump.begin() as tx:
        await tx.execute(text("UPDATE shops SET clock_pinned_at = now() WHERE id = :id"), {"id": lab.shop_id})
    assert not await claims.is_any(work)
    async with work.pump.begin() as tx:
        await tx.execute(text("UPDATE shops SET clock_pinned_at = NULL WHERE id = :id"), {"id": lab.shop_id})
    (job,) = await claims.claim(work, 100_000)
    assert job.shop_id == lab.shop_id
    assert not await claims.is_any(work)
    await forget(lab)


async def told(tx, ref):
    await jobs.enqueue(tx, "test.told", ref)


def failing_at(bad, sizes, kind):
    """A handler that does its work first and fails when the bad one is among it."""

    async def many(tx, batch, _now):
        sizes.append(len(batch))
        for ref, _ in batch:
            await told(tx, ref)
        if bad in [ref for ref, _ in batch]:
            raise ValueError("this one")

    async def one(tx, ref, _now, _args):
        sizes.append(1)
        await told(tx, ref)
        if ref == bad:
            raise ValueError("this one")

    return Many(many) if kind == "many" else InOne(one)


@pytest.mark.parametrize("kind", ["many", "one"])
@pytest.mark.parametrize("position", [0, 7, 15])
async def test_of_a_batch_with_one_bad_job_all_others_are_done_once(lab, work, position, kind):
    refs, sizes = [uuid4() for _ in range(16)], []
    mine = replace(work, handlers={"test.work": failing_at(refs[position], sizes, kind)})
    await forget(lab)
    async with lab.tx() as tx:
        await jobs.enqueue_all(tx, [("test.work", ref, None, {}) for ref in refs])
    claimed = await claims.claim_of_shop(mine, lab.shop_id)
    (group,) = jobs.groups(mine, claimed)
    await jobs.perform(mine, group)
    async with lab.tx() as tx:
        done = list(await tx.scalars(text("SELECT ref FROM jobs WHERE kind = 'test.told'")))
        left = (await tx.execute(text("SELECT * FROM jobs WHERE kind = 'test.work'"))).all()
    assert sorted(done) == sorted(set(refs) - {refs[position]})
    assert [(row.ref, row.status, row.attempts, row.claim) for row in left] == [(refs[position], "waiting", 1, None)]
    assert left[0].last_error.startswith("ValueError")
    if kind == "many":
        assert sorted(sizes, reverse=True) == [16, 8, 8, 4, 4, 2, 2, 1, 1], "halves, and not one by one"
    await forget(lab)
