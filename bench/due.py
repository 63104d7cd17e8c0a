"""Due work: runs of a flow fall due together; pump -> job -> load, decide, write message, decision, step and event.

The runs are copies of one that a real order began, each with a customer and an order of its own. Also here: how soon
a run that falls due while nobody has anything to do is begun, and whether a small shop waits behind a big one.
"""

import statistics
import time
from datetime import datetime, timedelta

from aftersales_api.kit import clock
from bench import relay, report, stage
from bench.report import Row

# So many that the pump's first look, up to half a second away, and the last ones weigh little.
MANY, WHOLE, WARM, COUNTED = 8_000, 1_000, 300, 400
FLOW = {
    "trigger": {"event": "order.created"},
    "entity_key": "order.id",
    "exit_on": [{"event": "order.cancelled"}],
    "ttl": "P3D",
    "steps": [
        {"id": "later", "wait": {"for": "P1D"}},
        {"id": "say", "action": {"type": "send_message", "params": {"template": "usage_tips"}}},
    ],
}
_COPY = (
    """
    CREATE TEMP TABLE clones AS SELECT n, gen_random_uuid() AS customer, gen_random_uuid() AS order_id, gen_random_uuid() AS event,
      gen_random_uuid() AS run FROM generate_series(1, $1::int) n""",
    """
    INSERT INTO customers SELECT (jsonb_populate_record(NULL::customers, to_jsonb(c) || jsonb_build_object('id', k.customer, 'email', $1 || k.n || '@example.com',
      'email_key', $1 || k.n || '@example.com', 'guest_key', NULL, 'timezone', $2::text))).*
    FROM clones k, (SELECT * FROM customers WHERE email = 'first@example.com') c""",
    """
    INSERT INTO orders SELECT (jsonb_populate_record(NULL::orders, to_jsonb(o) || jsonb_build_object('id', k.order_id, 'customer_id', k.customer, 'external_id',
      $1 || k.n, 'number', $1 || k.n, 'number_key', $1 || k.n))).*
    FROM clones k, (SELECT * FROM orders WHERE external_id = 'first') o""",
    """
    INSERT INTO order_lines SELECT (jsonb_populate_record(NULL::order_lines, to_jsonb(l) || jsonb_build_object('id', gen_random_uuid(), 'order_id', k.order_id,
      'requires_shipping', false))).*
    FROM clones k, (SELECT l.* FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.external_id = 'first') l""",
    """
    INSERT INTO events SELECT (jsonb_populate_record(NULL::events, to_jsonb(e) || jsonb_build_object('id', k.event, 'subject_id', k.order_id,
      'customer_id', k.customer, 'order_id', k.order_id))).*
    FROM clones k, (SELECT e.* FROM events e JOIN orders o ON o.id = e.order_id
                    WHERE o.external_id = 'first' AND e.type = 'order.created') e""",
    """
    INSERT INTO followup_runs SELECT (jsonb_populate_record(NULL::followup_runs, to_jsonb(r) || jsonb_build_object('id', k.run, 'entity_id', k.order_id,
      'entity_key', 'order:' || k.order_id, 'customer_id', k.customer, 'order_id', k.order_id, 'trigger_event_id', k.event,
      'trigger_dedupe_key', md5(k.event::text)))).*
    FROM clones k, (SELECT r.* FROM followup_runs r JOIN orders o ON o.id = r.order_id WHERE o.external_id = 'first') r""",
)
_DUE = """
UPDATE followup_runs SET due_at = now(), planned_at = now() WHERE status = 'waiting' AND order_id IN (
  SELECT id FROM orders WHERE external_id LIKE $1 || '%')
"""
_LEFT = """
SELECT count(*) FROM followup_runs WHERE status IN ('active', 'waiting') AND order_id IN (
  SELECT id FROM orders WHERE external_id LIKE $1 || '%')
"""

_LIVE = "SELECT count(*) FROM followup_runs WHERE status IN ('active', 'waiting')"  # the first one waits for ever
_JOBS = "SELECT count(*) FROM jobs WHERE status = 'waiting'"


def run(on: stage.Stage, passes: int) -> list[Row]:
    """One and two workers take turns."""
    _furnish(on)
    found: dict[int, list[float]] = {1: [], 2: []}
    cpu: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(passes):
        for workers in (1, 2) if turn % 2 == 0 else (2, 1):
            rate, cost = _drained(on, f"t{turn}w{workers}n", workers)
            found[workers].append(rate)
            cpu[workers].append(cost)
    whole, _ = _drained(on, "whole", 1, to_the_end=True)
    one, two = (statistics.median(found[workers]) for workers in (1, 2))
    started = _idle(on)
    trips = _trips(on)
    cost = f"{statistics.median(cpu[1]):.2f} ms of the worker's processor each"
    return [
        Row("due work, one worker", one, None, 1000, "/s", trips=trips, note=f"{cost}; {report.spread(found[1])}"),
        Row("due work, two workers (limit: one)", two, one, 1.7, note=report.spread(found[2])),
        Row(
            "due work and all that follows, one worker",
            whole,
            note="events heard, mail rendered and handed to the mailbox",
        ),
        Row(
            "due work: due to done, idle, slowest of 40",
            started,
            None,
            1000,
            " ms",
            at_most=True,
            note="pump looks every 0.5 s",
        ),
    ]


def _furnish(on: stage.Stage) -> None:
    """The flow, and one order whose run waits."""
    with stage.api(on):
        on.ask("UPDATE flows SET status = 'paused' WHERE key <> 'bench'")
        flow = stage.call(on, "POST", "/v1/flows", {"key": "bench", "name": "Bench"})
        version = stage.call(on, "POST", f"/v1/flows/{flow['id']}/versions", {"definition": FLOW})
        stage.call(on, "POST", f"/v1/flows/{flow['id']}/versions/{version['number']}/publish", {})
        price = {"amount": "19.90", "currency": "EUR"}
        lines = [{"external_id": str(n), "title": "Thing", "quantity": 1, "unit_price": price} for n in range(3)]
        order = {
            "external_id": "first",
            "number": "F1",
            "email": "first@example.com",
            "currency": "EUR",
            "lines": lines,
        }
        stage.call(
            on,
            "POST",
            "/v1/orders",
            order | {"total": {"amount": "59.70", "currency": "EUR"}, "financial_status": "paid"},
        )
    with stage.workers(on, 1):
        stage.until(lambda: on.ask("SELECT count(*) FROM followup_runs WHERE status = 'waiting'") == 1, 30)
    stage.clear(on)


def _copies(on: stage.Stage, name: str, count: int) -> None:
    zone = noon_zone(clock.real_now())

    async def copy(connection) -> None:
        async with connection.transaction():
            for statement in _COPY:
                values = {"CREATE": (count,), "customers": (name, zone), "orders ": (name,)}
                given = next((values[word] for word in values if word in statement.split("SELECT")[0]), ())
                await connection.execute(statement, *given)
            await connection.execute("DROP TABLE clones")
        await connection.execute("ANALYZE customers, orders, order_lines, events, followup_runs")

    on.with_admin(copy)


def noon_zone(now: datetime) -> str:
    """A zone where it is about noon, so that quiet hours never decide the measurement."""
    ahead = round((now.replace(hour=12, minute=0, second=0) - now) / timedelta(hours=1))
    return f"Etc/GMT{-ahead:+d}"


def _drained(on: stage.Stage, name: str, workers: int, *, to_the_end: bool = False) -> tuple[float, float]:
    """Actions a second from the instant all fall due until the last is done, and processor milliseconds for each.

    What an action causes is written with it but held back, unless it is to be done `to_the_end` as well. A few go before
    the clock starts, as the limit's connections have their statements ready too.
    """
    many = WHOLE if to_the_end else MANY
    _copies(on, name, many)
    _copies(on, f"warm{name}", WARM)
    if not to_the_end:
        stage.hold_back(on, "followups.perform")
    with stage.workers(on, workers) as children:
        on.ask(_DUE, f"warm{name}")
        stage.until(lambda: on.ask(_LIVE) == 1 + many and not (to_the_end and on.ask(_JOBS)), 60)
        messages, ends = _made(on)
        used = sum(stage.cpu_s(child.pid) for child in children)
        on.ask(_DUE, name)
        began = time.perf_counter()
        stage.until(lambda: on.ask(_LIVE) == 1 and not (to_the_end and on.ask(_JOBS)), 120)
        rate = many / (time.perf_counter() - began)
        cost = (sum(stage.cpu_s(child.pid) for child in children) - used) / many * 1000
    after_messages, after_ends = _made(on)
    assert (after_messages - messages, after_ends - ends) == (many, many), (
        "each run said its one thing once, and ended once"
    )
    stage.clear(on)
    return rate, cost


def _made(on: stage.Stage) -> tuple[int, int]:
    """Messages that were let through with their decision, and runs whose end was told."""
    decided = "SELECT count(*) FROM messages m JOIN contact_decisions d ON d.message_id = m.id WHERE d.verdict = 'send'"
    return on.ask(decided), on.ask(
        "SELECT count(*) FROM events WHERE type = 'run.ended' AND data ->> 'status' = 'completed'"
    )


def _idle(on: stage.Stage) -> float:
    """Forty runs that fall due one after the other."""
    _copies(on, "idle", 40)
    slowest = 0.0
    with stage.workers(on, 1):
        for number in range(1, 41):
            began = time.perf_counter()
            on.ask(_DUE.replace("LIKE $1 || '%'", "= $1"), f"idle{number}")
            stage.until(lambda at=number: on.ask(_LEFT.replace("LIKE $1 || '%'", "= $1"), f"idle{at}") == 0, 10, 0.005)
            slowest = max(slowest, time.perf_counter() - began)
    stage.clear(on)
    return slowest * 1000


def _trips(on: stage.Stage) -> float:
    """Everything one worker asks per action, polling and pump included, until the last action is done."""
    with relay.relay(on.env["AFTERSALES_DATABASE_URL"]) as (url, count):
        pump = relay.through(on.env["AFTERSALES_DATABASE_PUMP_URL"], relay.folder_of(url))
        _copies(on, "counted", COUNTED)
        stage.hold_back(on, "followups.perform")
        with stage.workers(on, 1, AFTERSALES_DATABASE_URL=url, AFTERSALES_DATABASE_PUMP_URL=pump):
            before = count.trips
            on.ask(_DUE, "counted")
            stage.until(lambda: on.ask(_LEFT, "counted") == 0, 60)
            found = (count.trips - before) / COUNTED
    stage.clear(on)
    return found
