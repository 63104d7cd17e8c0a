"""F11: facts of an order in any order, any number of times, through the store."""

import json
import random
from dataclasses import asdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from aftersales_api.orders import intake
from aftersales_api.orders.queries.dossiers import desk_for_update
from aftersales_api.orders.service.needs import needs_of
from figures import record
from machine_room import SCALE
from orders_history import NOW, histories, live_through, picture

LIVES = int(1000 * min(SCALE, 1))
OWN = {"customer_id", "version"}  # what must differ between two tellings
TOLD_TWICE = text("SELECT subject_id, type, occurred_at, data FROM events GROUP BY 1, 2, 3, 4 HAVING count(*) > 1")
MOMENTS = text("SELECT count(*) FROM order_moments")


def lived():
    """So many lives, each with a shuffled and repeated telling of itself."""
    found = []

    @settings(max_examples=LIVES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories(), st.randoms(use_true_random=False))
    def live(life, dice):
        shuffled = [*life, *dice.choices(life, k=len(life))]
        dice.shuffle(shuffled)
        found.append((life, shuffled))

    live()
    return found[:LIVES]


async def told(lab, source, life, pieces):
    """Tell a life in a few transactions; answers what the store then knows of the order."""
    step = max(1, -(-len(life) // pieces))
    for start in range(0, len(life), step):
        async with lab.tx() as tx:
            await intake.apply_batch(
                tx, [intake.Incoming(fact, source) for fact in life[start : start + step]], now=NOW
            )
    async with lab.tx() as tx:
        desk = await desk_for_update(tx, needs_of([(life[0], source)]))
        (dossier,) = desk.dossiers.values()
        known = picture(asdict(dossier))
        known["order"] = {key: value for key, value in known["order"].items() if key not in OWN}
        return json.dumps(known, default=str, sort_keys=True).replace(f'"{source}"', '"here"')


async def test_f11_any_order_and_repetition_of_a_life_ends_alike(lab):
    dice = random.Random(11)
    differ, pure_differ, lives = 0, 0, lived()
    for number, (life, shuffled) in enumerate(lives):
        straight = await told(lab, f"life{number}a", life, 1)
        mixed = await told(lab, f"life{number}b", shuffled, dice.randint(1, 4))
        differ += straight != mixed
        pure_differ += live_through(life).state != live_through(shuffled).state
    async with lab.tx() as tx:
        twice = (await tx.execute(TOLD_TWICE)).all()
        moments = await tx.scalar(MOMENTS)
    measured = (
        f"{len(lives)} lives through the store, {sum(len(each) for _, each in lives)} facts told in disorder, {moments} moments: "
        f"{differ + pure_differ} end otherwise, {len(twice)} told twice"
    )
    passed = len(lives) >= LIVES and not differ and not pure_differ and not twice and moments > 0
    record("F11", measured, passed=passed)
