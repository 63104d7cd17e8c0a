"""Scenario 12 over HTTP: every move that the tables of returns.md, 2.2 do not name is refused, changes nothing and tells nobody."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, text

from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.actors import ActedLifecycle, Role
from aftersales_api.returns import states as r
from aftersales_api.warranties import states as w
from returns_story import a_line, approved, delivered, eur, give, key
from warranty_story import claimed

OUTSIDE = [role for role in Role if role is not Role.SYSTEM]


@dataclass(frozen=True)
class Machine:
    """A life, where it is reached, and what its verbs are called there. Verbs that only we ourselves make have no door."""

    life: ActedLifecycle
    path: str
    table: str
    ours: tuple[str, ...] = ()
    called: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, dict] = field(default_factory=dict)

    def doors(self):
        return sorted({step.verb for step in self.life.steps} - set(self.ours))

    def url(self, row_id, verb):
        return f"/v1/{self.path}/{row_id}/{self.called.get(verb, verb.replace('_', '-'))}"


MACHINES = {
    "return": Machine(
        r.RETURN, "returns", "returns", ("expire",), {"ask_info": "request-info"}, {"decline": {"reason_code": "no"}}
    ),
    "refund": Machine(r.REFUND, "refunds", "refunds", ("send", "time_out"), {}, {"confirm": {"reference": "b-1"}}),
    "exchange": Machine(
        r.EXCHANGE, "exchanges", "exchanges", ("await_return", "await_payment", "hold", "order", "overdue", "charge")
    ),
    "claim": Machine(r.CLAIM, "claims", "delivery_claims", ("start_resolving",), {}, {"reject": {"reason": "no"}}),
    "warranty_claim": Machine(
        w.CLAIM,
        "warranty-claims",
        "warranty_claims",
        ("check", "await_item"),
        {},
        {"reject": {"reason": "no"}, "reduce_price": {"amount": eur("1.00")}},
    ),
    "repair": Machine(w.REPAIR, "repairs", "repair_orders", ("close", "unclaimed")),
}


async def made(lab, name):
    """A row of its kind, wherever its life stands."""
    order = await delivered(lab, [a_line("40.00", 2, serials=["A", "B"])], "80.00")
    await lab.settle()
    if name == "refund":
        return (await give(lab, order, amount=eur("5.00"))).json()["id"]
    if name == "claim":
        body = {"order_id": order["id"], "kind": "late"}
        return (await lab.client.post("/v1/claims", json=body)).json()["id"]
    if name == "warranty_claim":
        return (await claimed(lab, serial="A")).json()["id"]
    if name == "repair":
        return (await lab.client.post("/v1/repairs", json={"defect": "squeaks", "item": "a bicycle"})).json()["id"]
    back = await approved(lab, order)
    if name == "return":
        return back["id"]
    body = {"return_id": back["id"], "items": [{"sku": "S", "same_product": True}]}
    return (await lab.client.post("/v1/exchanges", json=body, headers=key())).json()["id"]


async def put(lab, machine, status):
    async with lab.tx() as tx:
        await tx.execute(text(f"UPDATE {machine.table} SET status = :status"), {"status": status})


async def standing(lab, machine):
    async with lab.tx() as tx:
        told = await tx.scalar(select(func.count()).select_from(EventRow))
        row = (await tx.execute(text(f"SELECT status, version FROM {machine.table}"))).one()
        return row.status, row.version, told


async def move(lab, machine, row_id, verb, role):
    body = {**machine.bodies.get(verb, {}), "actor": {"type": role.value}}
    return await lab.client.post(machine.url(row_id, verb), json=body, headers=key())


def legal_roles(machine, status, verb):
    return {role for step in machine.life.steps if step.verb == verb and status in step.sources for role in step.roles}


@pytest.mark.parametrize("name", MACHINES)
async def test_only_the_moves_of_the_table_are_made(lab, name):
    machine = MACHINES[name]
    row_id = await made(lab, name)
    tried = 0
    for status in type(machine.life.start):
        await put(lab, machine, status.value)
        before = await standing(lab, machine)
        for verb in machine.doors():
            may = legal_roles(machine, status, verb)
            for role in [each for each in OUTSIDE if each not in may] if may else [Role.AGENT]:
                answer = await move(lab, machine, row_id, verb, role)
                expected = (403, "actor_not_allowed") if may else (409, "invalid_transition")
                assert (answer.status_code, answer.json()["code"]) == expected, (status, verb, role, answer.text)
                tried += 1
        assert await standing(lab, machine) == before, f"a refused move left something behind in {status}"
    assert tried > 25


@pytest.mark.parametrize("name", MACHINES)
async def test_a_refused_move_names_the_legal_ones(lab, name):
    machine = MACHINES[name]
    row_id = await made(lab, name)
    final = next(status for status in type(machine.life.start) if machine.life.is_final(status))
    await put(lab, machine, final.value)
    verb = machine.doors()[0]
    answer = await move(lab, machine, row_id, verb, Role.AGENT)
    assert answer.json()["facts"]["allowed_events"] == []


async def test_nobody_outside_acts_as_the_system(lab):
    row_id = await made(lab, "return")
    answer = await move(lab, MACHINES["return"], row_id, "approve", Role.SYSTEM)
    assert (answer.status_code, answer.json()["code"]) == (403, "actor_not_allowed")
