"""Leases: what is being done keeps nobody from keeping the rest."""

import asyncio
from uuid import uuid4

from sqlalchemy import text

from aftersales_api.infra import claims
from aftersales_api.infra.jobs import Job

INSERT = text(
    "INSERT INTO jobs (shop_id, id, kind, ref, args, status, attempts, claim, run_at) "
    "VALUES (:shop, :id, 'cases.wake', :id, '{}', 'waiting', 1, :claim, now() + interval '1 second')"
)
LEFT = text("SELECT id, run_at > now() + interval '20 seconds' AS is_renewed, claim FROM jobs WHERE id = ANY(:ids)")


async def test_a_job_in_the_middle_of_its_work_holds_up_no_renewal_of_the_others(lab):
    work = lab.app.state.work
    held = [Job(lab.shop_id, uuid4(), "cases.wake", uuid4(), {}, uuid4(), 1) for _ in range(3)]
    async with lab.tx() as tx:
        for job in held:
            await tx.execute(INSERT, {"shop": lab.shop_id, "id": job.id, "claim": job.claim})
    async with lab.tx() as doing:
        await doing.execute(text("DELETE FROM jobs WHERE id = :id"), {"id": held[0].id})
        async with asyncio.timeout(20):
            await claims.renew(work, held)
        await doing.rollback()
    async with lab.tx() as tx:
        found = {row.id: row.is_renewed for row in await tx.execute(LEFT, {"ids": [job.id for job in held]})}
    assert found == {held[0].id: False, held[1].id: True, held[2].id: True}


async def test_what_is_given_back_is_free_at_once_and_nothing_of_others_is(lab):
    work = lab.app.state.work
    ours, others = (Job(lab.shop_id, uuid4(), "cases.wake", uuid4(), {}, uuid4(), 1) for _ in range(2))
    async with lab.tx() as tx:
        for job in (ours, others):
            await tx.execute(INSERT, {"shop": lab.shop_id, "id": job.id, "claim": job.claim})
    await claims.give_back(work, [ours])
    async with lab.tx() as tx:
        found = {row.id: row.claim for row in await tx.execute(LEFT, {"ids": [ours.id, others.id]})}
        await tx.execute(text("DELETE FROM jobs WHERE id = ANY(:ids)"), {"ids": [ours.id, others.id]})
    assert found == {ours.id: None, others.id: others.claim}


MANY = 2_001
INSERT_MANY = text(
    "INSERT INTO jobs (shop_id, id, kind, ref, args, status, attempts) "
    "SELECT :shop, gen_random_uuid(), 'cases.wake', gen_random_uuid(), '{}', 'waiting', 0 FROM generate_series(1, :many)"
)


async def test_four_who_claim_side_by_side_take_each_job_once(lab):
    work = lab.app.state.work
    async with lab.tx() as tx:
        await tx.execute(INSERT_MANY, {"shop": lab.shop_id, "many": MANY})

    async def claimed_by_one():
        taken = []
        while found := await claims.claim(work, 400):
            taken += found
        return taken

    by_each = await asyncio.gather(*(claimed_by_one() for _ in range(4)))
    await claims.give_back(work, [job for taken in by_each for job in taken])
    ours = [[job.id for job in taken if job.shop_id == lab.shop_id] for taken in by_each]
    async with lab.tx() as tx:
        gone = await tx.execute(text("DELETE FROM jobs WHERE shop_id = :shop RETURNING id"), {"shop": lab.shop_id})
        there = {row.id for row in gone}
    assert sum(map(len, ours)) == len(there) >= MANY
    assert set().union(*ours) == there
    assert sum(1 for taken in ours if taken) > 1, "one of them took all"
