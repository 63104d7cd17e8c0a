"""F11: a state machine tells the lives of orders in any order and any number of times, through the store, while workers act on them."""

import asyncio
import itertools
import json
from collections import Counter
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import text

from aftersales_api.orders import intake
from aftersales_api.orders.queries.dossiers import desk_for_update
from aftersales_api.orders.service.needs import needs_of
from figures import record
from machine_room import SCALE
from orders_history import START, histories, live_through, picture

HISTORIES = int(1000 * min(SCALE, 1))
TELLERS = 4  # machines side by side, each with a quarter of the histories
STEPS = 9
LIFE = timedelta(hours=52)  # the longest of the lives, so that the last of it is told as it happens
OWN = {"customer_id", "version", "updated_at"}  # what must differ between two tellings
SOON = "PT6H"

# Rows of each are something that was done twice; `:order` is the order, or every one of the shop.
TWICE = {
    "told": "SELECT 1 FROM events WHERE {of} AND (type LIKE 'order.%' OR type LIKE 'shipment.%' OR type LIKE 'refund.%') "
    "GROUP BY subject_id, type, occurred_at, data HAVING count(*) > 1",
    "told of an order": "SELECT 1 FROM events WHERE {of} AND type IN ('order.created', 'order.paid', 'order.fulfilled', "
    "'order.cancelled', 'order.refunded') GROUP BY subject_id, type HAVING count(*) > 1",
    "begun": "SELECT 1 FROM followup_runs WHERE {of} GROUP BY flow_id, entity_key, trigger_event_id HAVING count(*) > 1",
    "written": "SELECT 1 FROM messages WHERE {of} AND run_id IS NOT NULL GROUP BY run_id, kind HAVING count(*) > 1",
    "written of an order": "SELECT 1 FROM messages WHERE {of} AND once_per_order AND status NOT IN "
    "('skipped', 'suppressed', 'cancelled', 'dropped', 'expired') GROUP BY order_id, kind, occasion HAVING count(*) > 1",
    "confirmed": "SELECT 1 FROM messages WHERE {of} AND kind = 'order_confirmation' AND status IN ('sent', 'delivered') "
    "GROUP BY order_id HAVING count(*) > 1",
    "sent": "SELECT 1 FROM events WHERE {of} AND type = 'message.sent' GROUP BY subject_id HAVING count(*) > 1",
}
OF_ONE = " UNION ALL ".join(
    f"SELECT '{what}' WHERE EXISTS ({query.format(of='order_id = :order')})" for what, query in TWICE.items()
)
OF_ALL = " UNION ALL ".join(
    f"SELECT '{what}' WHERE EXISTS ({query.format(of='order_id IS NOT NULL')})" for what, query in TWICE.items()
)


def moved(value, by):
    """The same, but all its instants so much later."""
    if isinstance(value, datetime):
        return value + by
    if isinstance(value, tuple):
        return tuple(moved(each, by) for each in value)
    if is_dataclass(value):
        return replace(value, **{each.name: moved(getattr(value, each.name), by) for each in fields(value)})
    return value


class Retold:
    """Two shops that hear the same lives: one as they happened, one as the state machine tells them and with its workers at work."""

    def __init__(self, lab, straight, now, loop):
        self.lab, self.straight, self.now, self.loop = lab, straight, now, loop
        self.counts, self.numbers = Counter(), itertools.count(1)

    def wait(self, doing):
        """Called from the machine's thread: what is asynchronous runs in the loop of the test."""
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(120)

    async def tell(self, lab, source, facts):
        async with lab.tx() as tx:
            await intake.apply_batch(tx, [intake.Incoming(fact, source) for fact in facts], now=self.now)
        self.counts[lab.shop_id, "tellings"] += 1
        self.counts[lab.shop_id, "facts"] += len(facts)

    async def work(self, lab):
        """What follows from what is known so far is done, as workers do it."""
        done = await lab.settle()
        self.counts[lab.shop_id, "jobs"] += done

    async def known(self, lab, source, fact):
        """What the store knows of the order, and its id."""
        async with lab.tx() as tx:
            desk = await desk_for_update(tx, needs_of([(fact, source)]))
            (dossier,) = desk.dossiers.values()
        seen = picture(asdict(dossier))
        seen["order"] = {key: value for key, value in seen["order"].items() if key not in OWN}
        return json.loads(json.dumps(seen, default=str)), dossier.order.id

    async def twice(self, order_id=None):
        async with self.lab.tx() as tx:
            found = await (
                tx.execute(text(OF_ONE), {"order": order_id}) if order_id is not None else tx.execute(text(OF_ALL))
            )
            return [row[0] for row in found]


def unlike(one, other, path=""):
    """Where two pictures differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(one.keys() | other.keys())
        return [each for name in names for each in unlike(one.get(name), other.get(name), f"{path}.{name}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            each
            for place, pair in enumerate(zip(one, other, strict=True))
            for each in unlike(*pair, f"{path}[{place}]")
        ]
    return [] if one == other else [f"{path}: {one!r} instead of {other!r}"]


class Telling(RuleBasedStateMachine):
    """Every run is one history: a life, told in an order and as often as the machine likes."""

    retold: Retold

    def __init__(self):
        super().__init__()
        self.source, self.life, self.facts, self.order = "", [], [], []

    @initialize(life=histories())
    def is_lived(self, life):
        self.source = f"life{next(self.retold.numbers)}"
        self.life, self.facts = life, [self.as_now(fact) for fact in life]
        self.retold.wait(self.retold.tell(self.retold.straight, self.source, self.facts))

    @property
    def untold(self):
        return sorted(set(range(len(self.life))) - set(self.order))

    def as_now(self, fact):
        """Of these days, so that follow-ups are due, and of a customer of its own."""
        fact = moved(fact, self.retold.now - LIFE - START)
        return replace(fact, email=f"{self.source}@example.com") if getattr(fact, "email", None) else fact

    def hear(self, places):
        self.order += places
        self.retold.wait(self.retold.tell(self.retold.lab, self.source, [self.facts[place] for place in places]))

    @rule(place=st.integers(0, 40))
    def tell_one(self, place):
        """Any fact of the life, whether it was told before or not."""
        self.hear([place % len(self.life)])

    @rule(places=st.lists(st.integers(0, 40), min_size=2, max_size=4))
    def tell_some_at_once(self, places):
        """Several in one transaction, perhaps one of them twice."""
        self.hear([place % len(self.life) for place in places])

    @rule(place=st.integers(0, 40))
    def tell_what_is_new(self, place):
        left = self.untold or range(len(self.life))
        self.hear([left[place % len(left)]])

    @rule()
    def work(self):
        self.retold.wait(self.retold.work(self.retold.lab))

    def teardown(self):
        if not self.life:
            return
        if self.untold:
            self.hear(self.untold[::-1])
        self.work()
        self.retold.wait(self.retold.work(self.retold.straight))
        expected, _ = self.retold.wait(self.retold.known(self.retold.straight, self.source, self.facts[0]))
        found, order_id = self.retold.wait(self.retold.known(self.retold.lab, self.source, self.facts[0]))
        assert unlike(found, expected) == [], "it ends otherwise than it happened"
        retelling = [self.life[place] for place in self.order]
        assert live_through(retelling).state == live_through(self.life).state, "the rules end otherwise"
        twice = self.retold.wait(self.retold.twice(order_id))
        assert twice == [], f"twice: {twice}"


def machine(retold):
    """What makes machines that tell to these shops; as a function, since Python 3.11 cannot read the source of a class in two threads."""
    telling = type("Telling", (Telling,), {"retold": retold})

    def make():
        return telling()

    return make


async def test_f11_any_order_and_repetition_of_a_life_ends_alike(lab):
    retold = Retold(lab, await lab.other(), await lab.now(), asyncio.get_running_loop())
    options = settings(
        max_examples=-(-HISTORIES // TELLERS),
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    async with asyncio.TaskGroup() as group:
        for number in range(TELLERS):
            one = seed(number)(machine(retold))
            group.create_task(asyncio.to_thread(run_state_machine_as_test, one, settings=options))
    await lab.advance(SOON)
    twice = await retold.twice()
    async with lab.tx() as tx:
        runs = await tx.scalar(text("SELECT count(*) FROM followup_runs"))
        sent = await tx.scalar(text("SELECT count(*) FROM events WHERE type = 'message.sent'"))
    lives, counts = retold.counts[retold.straight.shop_id, "tellings"], retold.counts
    measured = (
        f"{lives} histories of a state machine through the store, {counts[lab.shop_id, 'facts']} facts told in any order and again, "
        f"{counts[lab.shop_id, 'jobs']} jobs done in between: all end alike; {runs} runs, {sent} mails, {len(twice)} kinds of things done twice"
    )
    record("F11", measured, passed=lives >= HISTORIES and not twice and min(runs, sent) > HISTORIES / 4)
