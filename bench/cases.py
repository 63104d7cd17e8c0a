"""Support at scale: a million cases, fifty thousand articles, a promise tried on a hundred thousand cases; all asked through HTTP.

A few dozen cases are lived through the API and counted by a worker; set-based SQL then copies them with all that was written
of them, each copy some whole weeks earlier, and the worker makes the sums from the figures as after a move from another
system. `BENCH_CASES` and `BENCH_ARTICLES` make it smaller. Times are of single requests, one after the other.
"""

import json
import os
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta

from aftersales_api.kit import clock, ids
from bench import stage
from bench.report import Row

CASES, ARTICLES = int(os.environ.get("BENCH_CASES", "1000000")), int(os.environ.get("BENCH_ARTICLES", "50000"))
TRIED, TEMPLATES, WEEKS, ASKED = 100_000, 80, 52, 25
CHANNELS, TYPES = ("email", "chat", "web_form"), ("question", "problem", "complaint")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
PROBES = ("garantia bateria", "devoluciones", "averia", "envíos", "reparación batería", "no enciende el cargador")
TABLES = ("cases", "case_figures", "case_stays", "case_counted")


def run(on: stage.Stage, passes: int) -> list[Row]:
    """Furnish, copy, let the sums be made, ask."""
    with stage.api(on):
        _furnish(on)
        _live(on)
        with stage.workers(on, 1):
            stage.until(lambda: on.ask("SELECT count(*) FROM case_changes") == 0, 120, 0.5)
        copied = _copy(on)
        summed = _sum(on)
        rows = [
            Row(
                "a million cases copied",
                copied,
                None,
                None,
                " s",
                note=f"{on.ask('SELECT count(*) FROM cases'):,} cases",
            ),
            Row("sums made from their figures", summed, None, None, " s", note="one worker, day by day"),
            *_numbers(on, passes),
            *_lists(on, passes),
            *_articles(on, passes),
        ]
    return [*rows, *_simulated(on)]


def _furnish(on: stage.Stage) -> None:
    weekly = [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in DAYS]
    calendar = stage.call(
        on,
        "POST",
        "/v1/business-calendars",
        {"name": "STD", "timezone": "Europe/Madrid", "weekly": weekly, "exceptions": []},
    )
    targets = [
        {"target": name, "minutes": minutes, "calendar_id": calendar["id"]}
        for name, minutes in (("first_response", 120), ("next_response", 240), ("resolution", 1440))
    ]
    stage.call(on, "POST", "/v1/sla-policies", {"name": "Default", "targets": targets})


def _live(on: stage.Stage) -> None:
    """Cases that were lived: opened over one week, answered, asked again, resolved; every twentieth still waits."""
    agents = [stage.call(on, "POST", "/v1/agents", {"name": f"A{n}", "status": "online"})["id"] for n in range(6)]
    teams = [
        stage.call(on, "POST", "/v1/teams", {"name": f"T{n}", "strategy": "manual", "agent_ids": agents})["id"]
        for n in range(3)
    ]
    categories = [each["id"] for each in stage.call(on, "GET", "/v1/case-categories")["items"]]
    monday = clock.real_now().replace(hour=8, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday() + 14)
    for number in range(TEMPLATES):
        at = monday + timedelta(days=number % 5, minutes=7 * (number % 60), seconds=number)
        _case(on, number, at, teams[number % 3], agents[number % 6], categories[number % len(categories)])


def _case(on: stage.Stage, number: int, at: datetime, team: str, agent: str, category: str) -> None:
    def said(minutes: int) -> str:
        return (at + timedelta(minutes=minutes, seconds=number * 13 % 60)).isoformat()

    wish = {"subject": "It does not start", "description": "Help", "occurred_at": said(0), "team_id": team}
    case = stage.call(
        on, "POST", "/v1/cases", {**wish, "channel_origin": CHANNELS[number % 3], "type": TYPES[number % 3 - 1]}
    )
    path, wait = f"/v1/cases/{case['id']}", 5 + number * 37 % 300
    stage.call(on, "POST", f"{path}/reply", {"body": "Try this", "agent_id": agent, "sent_at": said(wait)})
    if number % 2:
        stage.call(on, "POST", f"{path}/messages", {"body": "No", "sent_at": said(wait + 30)})
        stage.call(on, "POST", f"{path}/reply", {"body": "Or that", "agent_id": agent, "sent_at": said(wait + 95)})
    if number % 20:
        over = wait + 100 + number * 91 % 4000
        done = {"resolution_code": "ok", "category_id": category, "agent_id": agent, "occurred_at": said(over)}
        stage.call(on, "POST", f"{path}/resolve", done)


def _copy(on: stage.Stage) -> float:
    """Copies of the lived cases, each some whole weeks earlier, with their figures; logs for as many as are tried."""
    began, each = time.perf_counter(), max(CASES // TEMPLATES, 1)

    async def copy(connection) -> None:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET maintenance_work_mem = '512MB'")
        await connection.execute(
            f"CREATE TABLE bench_copies AS SELECT t.shop_id, t.id AS of_id, gen_random_uuid() AS new_id, "
            f"make_interval(days => 7 * (n % {WEEKS} + 1)) AS shift, 1000 + row_number() OVER (ORDER BY n % {WEEKS}, n) AS no "
            f"FROM cases t CROSS JOIN generate_series(1, {each}) n"
        )
        await connection.execute("CREATE INDEX ON bench_copies (of_id); ANALYZE bench_copies")
        for table in TABLES:
            await _copy_table(connection, table)
        await _copy_table(connection, "case_events", f"WHERE c.no <= 1000 + {TRIED}")
        await connection.execute("SET session_replication_role = DEFAULT")
        await connection.execute("DROP TABLE bench_copies")
        for table in (*TABLES, "case_events"):
            await connection.execute(f"VACUUM ANALYZE {table}")

    on.with_admin(copy)
    assert on.ask("SELECT count(*) FROM cases") == TEMPLATES * (each + 1)
    return time.perf_counter() - began


async def _copy_table(connection, table: str, which: str = "") -> None:
    columns = await connection.fetch(
        "SELECT attname AS name, format_type(atttypid, NULL) AS kind FROM pg_attribute "
        "WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        table,
    )
    of = "id" if table in ("cases", "case_counted") else "case_id"
    own = {
        of: "c.new_id",
        "number": "c.no",
        "thread_token": "c.new_id::text",
        "day": "(t.day - c.shift)::date",
        "stale_at": "NULL",
    }
    own |= {"id": "gen_random_uuid()"} if of != "id" else {}

    def value(name: str, kind: str) -> str:
        return own.get(name) or (f"t.{name} - c.shift" if kind == "timestamp with time zone" else f"t.{name}")

    names = [each["name"] for each in columns]
    values = [value(each["name"], each["kind"]) for each in columns]
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
        f"FROM bench_copies c JOIN {table} t ON t.shop_id = c.shop_id AND t.{of} = c.of_id {which}"
    )


def _sum(on: stage.Stage) -> float:
    """The worker makes all sums anew."""
    on.ask("TRUNCATE case_sums, case_sum_times, case_sum_pairs")
    on.ask("UPDATE case_count_states SET is_summed = false, summed_until = NULL")
    on.ask(
        "INSERT INTO case_countings (shop_id, id, due_at) SELECT shop_id, gen_random_uuid(), now() FROM case_count_states"
    )
    began = time.perf_counter()
    with stage.workers(on, 1):
        stage.until(lambda: on.ask("SELECT bool_and(is_summed) FROM case_count_states"), 3_000, 1.0)
    for table in (*TABLES, "case_sums", "case_sum_times"):
        on.ask(f"VACUUM ANALYZE {table}")
    return time.perf_counter() - began


def _numbers(on: stage.Stage, passes: int) -> list[Row]:
    """A year, a broken year, groups; the drill-down behind them."""
    today = clock.real_now().date()
    year = {"from": today.replace(year=today.year - 1, day=1).isoformat(), "to": today.replace(day=1).isoformat()}
    broken = {"from": (today - timedelta(days=365)).isoformat(), "to": today.isoformat()}
    asked = {
        "time to answer, whole months of a year": ("first_response_time", year),
        "time to answer, the last 365 days": ("first_response_time", broken),
        "active time to resolve, the last 365 days": ("mttr_active", broken),
        "active time to resolve, by channel": ("mttr_active", {**broken, "group_by": "channel"}),
        "one team's time to answer": ("first_response_time", {**broken, "team_id": _team(on)}),
        "solved at first contact": ("first_contact_resolution", broken),
        "attainment by target and policy": ("sla_attainment", {**broken, "limit": "1"}),
        "cost per resolution": ("cost_per_resolution", {**broken, "limit": "1"}),
        "agents' productivity": ("agent_productivity", {**broken, "limit": "1"}),
        "backlog now": ("backlog", {"limit": "1"}),
        "backlog half a year ago": (
            "backlog",
            {"limit": "1", "at": (clock.real_now() - timedelta(days=180)).isoformat()},
        ),
        "rows behind a number": ("created/cases", {**broken, "limit": "50"}),
    }
    counted = _get(on, "/v1/metrics/support/created", {"from": "2000-01-01"})["count"]
    assert counted > CASES * 0.9, "all cases are counted"
    rows = [
        _asked(on, f"metrics: {name}", f"/v1/metrics/support/{path}", query, passes, 50)
        for name, (path, query) in asked.items()
    ]
    slow = {**broken, "channel": "email", "group_by": "team"}
    return [
        *rows,
        _asked(on, "metrics: a filter crossed with groups", "/v1/metrics/support/one_touch", slow, 1, None, 3),
    ]


def _team(on: stage.Stage) -> str:
    return stage.call(on, "GET", "/v1/teams")["items"][0]["id"]


def _lists(on: stage.Stage, passes: int) -> list[Row]:
    """By status, team and due date: the first page, one in the middle and one deep down."""
    team = _team(on)
    open_due = {"status": ["new", "open"], "team_id": team, "sort": "due", "limit": "50"}
    resolved = {"status": ["resolved", "closed"], "team_id": team, "limit": "50"}
    rows = []
    for name, query, total in (
        ("open cases of a team by due date", open_due, "status IN ('new', 'open') AND due_next_at IS NOT NULL"),
        ("settled cases of a team, newest first", resolved, "status IN ('resolved', 'closed')"),
    ):
        many = on.ask(f"SELECT count(*) FROM cases WHERE team_id = '{ids.parse('tea', team)}' AND {total}")
        for place, part in (("first", 0.0), ("middle", 0.5), ("deep", 0.98)):
            cursor = _cursor(on, query, int(many * part))
            found = {**query, **({"cursor": cursor} if cursor else {})}
            rows.append(_asked(on, f"list: {name}, {place} page", "/v1/cases", found, passes, 50))
    return rows


def _cursor(on: stage.Stage, query: dict, skipped: int) -> str | None:
    """The cursor after so many cases, walked by pages of a hundred at most five hundred times."""
    cursor, seen = None, 0
    while seen < min(skipped, 50_000):
        page = _get(on, "/v1/cases", {**query, "limit": "100", **({"cursor": cursor} if cursor else {})})
        seen += len(page["items"])
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    return cursor


def _articles(on: stage.Stage, passes: int) -> list[Row]:
    """The probes of the document over many Spanish and English articles."""
    body = {
        "translations": [
            {"locale": "es", "title": "La batería no carga", "body": "Garantía de la batería.", "status": "published"}
        ]
    }
    first = stage.call(on, "POST", "/v1/kb/articles", body)
    assert first["id"]

    async def fill(connection) -> None:
        await connection.execute(_ARTICLES, ARTICLES)
        await connection.execute("VACUUM ANALYZE kb_articles")
        await connection.execute("VACUUM ANALYZE kb_article_translations")

    on.with_admin(fill)
    rows = []
    for probe in PROBES:
        query = {"q": probe, "locale": "es"}
        rows.append(_asked(on, f"search of {ARTICLES:,} articles: {probe}", "/v1/kb/search", query, passes, 30))
    return rows


# Sixty words an article, one in twenty of them a word of the trade: each of those is in about seven articles of a hundred.
_ARTICLES = """
WITH words AS (SELECT ARRAY['garantía','batería','devolución','envío','avería','técnico','reparación','cargador','pantalla','enciende',
  'cable','pedido','factura','cambio','talla','color','tienda','reembolso','transporte','manual','instalación','filtro','motor',
  'ruido','limpieza','mantenimiento','recambio','pieza','botón','tapa','puerta','luz','sensor','mando','pila','agua','aceite',
  'presión','temperatura','seguridad'] AS w),
made AS (INSERT INTO kb_articles (shop_id, id, category_id, visibility, product_ids, tags, helpful_count, unhelpful_count, clicks,
    clicks_with_case, updated_at, created_at, version)
  SELECT a.shop_id, gen_random_uuid(), NULL, 'public', '{}', '[]', 0, 0, n % 50, n % 7, now(), now() - n * interval '1 minute', 1
  FROM (SELECT shop_id FROM kb_articles LIMIT 1) a CROSS JOIN generate_series(1, $1::int) n RETURNING shop_id, id, clicks)
INSERT INTO kb_article_translations (shop_id, id, article_id, locale, title, body, status, cfg, published_at, updated_at, created_at, version)
SELECT m.shop_id, gen_random_uuid(), m.id, 'es', initcap(t.words[1] || ' ' || t.words[2] || ' ' || t.words[3]),
  array_to_string(t.words, ' ') || ' ' || md5(m.id::text), 'published', 'spanish', now(), now(), now(), 1
FROM made m CROSS JOIN words CROSS JOIN LATERAL (
  SELECT ARRAY(SELECT CASE WHEN random() < 0.05 THEN words.w[1 + floor(random() * 40)::int] ELSE 'p' || floor(5000 * random() ^ 2) END
    FROM generate_series(1, 60) g WHERE m.id IS NOT NULL) AS words) t
"""


def _simulated(on: stage.Stage) -> list[Row]:
    """A promise tried on many cases by one worker and by three; the progress is asked for all the while."""
    weekly = [{"weekday": day, "opens": "08:00", "closes": "20:00"} for day in DAYS]
    wish = {"from": "2000-01-01", "to": "2100-01-01", "staffing": weekly, "filter": {"channels": list(CHANNELS)}}
    rows = []
    for count in (1, 3):
        with stage.api(on), stage.workers(on, count):
            began = time.perf_counter()
            trial = stage.call(on, "POST", "/v1/sla-policies/simulate", _with_logs(on, wish))
            seen = {0}
            while trial["status"] == "running" and time.perf_counter() - began < 900:
                time.sleep(1)
                trial = stage.call(on, "GET", f"/v1/sla-simulations/{trial['id']}")
                seen.add(trial["done"])
            taken = time.perf_counter() - began
        assert trial["status"] == "finished", trial["status"]
        note = (
            f"{trial['cases']:,} cases, {trial['changed_total']:,} changed verdicts, {len(seen)} steps of progress seen"
        )
        rows.append(Row(f"simulate, {count} worker(s)", taken, None, 60, " s", at_most=True, note=note))
    return rows


def _with_logs(on: stage.Stage, wish: dict) -> dict:
    """The weeks that hold about as many cases as are to be tried."""
    start = on.ask(
        "SELECT first_contact_at::date FROM cases ORDER BY first_contact_at DESC OFFSET $1 LIMIT 1",
        min(TRIED, on.ask("SELECT count(*) FROM cases") - 1),
    )
    return {**wish, "from": start.isoformat()}


def _get(on: stage.Stage, path: str, query: dict) -> dict:
    return stage.call(on, "GET", f"{path}?{urllib.parse.urlencode(query, doseq=True)}")


def _asked(
    on: stage.Stage, name: str, path: str, query: dict, passes: int, goal: float | None, many: int = ASKED
) -> Row:
    """Single requests one after the other; the median of all passes, in milliseconds. One that was given up counts as long as it took."""
    times, found, given_up = [], {}, 0
    for _ in range(passes):
        for _ in range(many):
            began = time.perf_counter()
            try:
                found = _get(on, path, query)
            except urllib.error.HTTPError:
                given_up += 1
            times.append((time.perf_counter() - began) * 1000)
    times.sort()
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    note = f"{len(json.dumps(found)):,} bytes" + (f"; {given_up} of {len(times)} given up" if given_up else "")
    return Row(name, p50, None, goal, " ms", ours_times=(p50, p99), at_most=True, note=note)
