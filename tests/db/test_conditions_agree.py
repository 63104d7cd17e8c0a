"""One condition, two machines: PostgreSQL and Python give the same answer to every rule about every row."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import CHAR, BigInteger, Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text, insert, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from aftersales_api.infra.conditions_sql import MoneyColumns, clause
from aftersales_api.infra.db import asyncpg_url
from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.conditions_rule import Every, Moment, Rule, bind
from aftersales_api.kit.conditions_values import FieldType
from aftersales_api.kit.money import Money

NOW = datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
ZONE = "Europe/Madrid"
MICROSECOND = timedelta(microseconds=1)

table = Table(
    "facts",
    MetaData(),
    Column("row", Integer),
    Column("text", Text),
    Column("lines", Integer),
    Column("minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("placed_at", DateTime(timezone=True)),
    Column("born_on", Date),
    Column("is_business", Boolean),
    Column("tags", ARRAY(Text)),
    Column("labels", JSONB(none_as_null=True)),
    prefixes=["TEMPORARY"],
)
columns = {
    "text": table.c.text,
    "lines": table.c.lines,
    "total": MoneyColumns(table.c.minor, table.c.currency),
    "placed_at": table.c.placed_at,
    "born_on": table.c.born_on,
    "is_business": table.c.is_business,
    "tags": table.c.tags,
    "labels": table.c.labels,
}
CATALOGUE = {
    "text": FieldType.TEXT,
    "lines": FieldType.INTEGER,
    "total": FieldType.MONEY,
    "placed_at": FieldType.INSTANT,
    "born_on": FieldType.DATE,
    "is_business": FieldType.BOOLEAN,
    "tags": FieldType.TEXT_LIST,
    "labels": FieldType.TEXT_LIST,
}

# Few values of each kind, so that rules and rows meet; texts whose order depends on language, case and byte length.
TEXTS = ["", "a", "A", "b", "Z", "á", "ñ", "ab", "aB", "%", "_", "a b", "😀", "\uffff", "ß", "SS", "'; --"]
INTEGERS = [-1, 0, 1, 2, 2**31 - 1]
MONIES = [Money(minor, currency) for currency in ("EUR", "USD", "JPY") for minor in (-100, 0, 1200, 1300)]
LENGTHS = ["P3D", "PT72H", "P1M", "P1DT2H"]
INSTANTS = [
    datetime(2026, 3, 27, 0, 30, tzinfo=UTC) + shift
    for shift in (timedelta(), MICROSECOND, -MICROSECOND, timedelta(hours=-1))
] + [datetime(2026, 2, 28, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC), NOW]
DAYS = [date(2026, 3, day) for day in (26, 27, 28, 29, 30)] + [date(2026, 2, 28)]

texts = st.sampled_from(TEXTS) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=3)
lists = st.lists(st.sampled_from(TEXTS), max_size=3)
relative = st.builds(
    lambda word, length: {word: length}, st.sampled_from(["now_minus", "now_plus"]), st.sampled_from(LENGTHS)
)
values: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.TEXT: texts,
    FieldType.INTEGER: st.sampled_from([*INTEGERS, 2**40]),
    FieldType.MONEY: st.sampled_from([{"amount": money.text, "currency": money.currency} for money in MONIES]),
    FieldType.INSTANT: st.sampled_from([instant.isoformat() for instant in INSTANTS]) | relative,
    FieldType.DATE: st.sampled_from([day.isoformat() for day in DAYS]) | relative,
    FieldType.BOOLEAN: st.booleans(),
}
_EQUAL, _ORDER = ["eq", "ne"], ["lt", "lte", "gt", "gte"]


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(list(CATALOGUE)))
    kind = CATALOGUE[name]
    if draw(st.integers(0, 5)) == 0:
        return {"op": draw(st.sampled_from(["exists", "missing"])), "field": name}
    if kind is FieldType.TEXT_LIST:
        value: Any = draw(st.sampled_from(TEXTS[1:]))
        op = draw(st.sampled_from(["contains", "in", "not_in"]))
        return {"op": op, "field": name, "value": value if op == "contains" else [value, draw(st.sampled_from(TEXTS))]}
    if kind is FieldType.TEXT and draw(st.integers(0, 3)) == 0:
        op = draw(st.sampled_from(["contains", "starts_with"]))
        return {"op": op, "field": name, "value": draw(texts.filter(bool))}
    op = draw(st.sampled_from([*_EQUAL, *([] if kind is FieldType.BOOLEAN else _ORDER), "in", "not_in"]))
    value = draw(st.lists(values[kind], min_size=1, max_size=3) if op in {"in", "not_in"} else values[kind])
    return {"op": op, "field": name, "value": value}


trees = st.recursive(
    questions(),
    lambda inner: (
        st.builds(
            lambda op, parts: {"op": op, "of": parts},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | st.builds(lambda part: {"op": "not", "of": part}, inner)
    ),
    max_leaves=6,
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy | strategy


rows = st.fixed_dictionaries(
    {
        "text": maybe(texts),
        "lines": maybe(st.sampled_from(INTEGERS)),
        "total": maybe(st.sampled_from(MONIES)),
        "placed_at": maybe(st.sampled_from(INSTANTS)),
        "born_on": maybe(st.sampled_from(DAYS)),
        "is_business": maybe(st.booleans()),
        "tags": maybe(lists),
        "labels": maybe(lists),
    }
)


@pytest_asyncio.fixture(scope="module")
async def connection(server) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(asyncpg_url(server.admin_url), poolclass=NullPool)
    async with engine.connect() as opened:
        await opened.run_sync(table.create)
        yield opened
        await opened.rollback()
    await engine.dispose()


def stored(place: int, row: dict[str, Any]) -> dict[str, Any]:
    total = row["total"]
    kept = {name: value for name, value in row.items() if name != "total"}
    return {"row": place, **kept, "minor": total and total.minor, "currency": total and total.currency}


async def answers_of_sql(connection: AsyncConnection, rule: Rule, facts: list[dict[str, Any]]) -> list[bool | None]:
    await connection.execute(table.delete())
    await connection.execute(insert(table), [stored(place, row) for place, row in enumerate(facts)])
    found = await connection.execute(select(clause(rule, columns, now=NOW, zone=ZONE)).order_by(table.c.row))
    return list(found.scalars())


async def test_sql_and_python_give_the_same_of_three_answers(connection):
    loop = asyncio.get_running_loop()

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(trees, st.lists(rows, min_size=4, max_size=8))
    def agree(tree: dict[str, Any], facts: list[dict[str, Any]]) -> None:
        rule = bind(Condition.model_validate(tree), CATALOGUE, pointer="")
        by_sql = asyncio.run_coroutine_threadsafe(answers_of_sql(connection, rule, facts), loop).result()
        assert by_sql == [rule.verdict(row, Moment(NOW, ZONE)) for row in facts]

    await asyncio.to_thread(agree)


async def test_a_where_takes_exactly_the_rows_for_which_the_rule_holds(connection):
    tree = {"op": "not", "of": {"op": "gt", "field": "lines", "value": 0}}
    rule = bind(Condition.model_validate(tree), CATALOGUE)
    facts = [{**dict.fromkeys(CATALOGUE), "lines": lines} for lines in (None, 0, 1)]
    await answers_of_sql(connection, rule, facts)

    taken = await connection.execute(select(table.c.lines).where(clause(rule, columns, now=NOW)))

    assert list(taken.scalars()) == [0]


class Odd(Rule):
    """A rule that a caller brings along."""

    def verdict(self, facts, moment):
        return facts["lines"] % 2 == 1


async def test_rules_of_a_caller_s_own_are_written_by_the_caller(connection):
    facts = [{**dict.fromkeys(CATALOGUE), "lines": lines, "text": "a"} for lines in (1, 2, 3)]
    rule = Every((Odd(), bind(Condition.model_validate({"op": "eq", "field": "text", "value": "a"}), CATALOGUE)))
    await connection.execute(table.delete())
    await connection.execute(insert(table), [stored(place, row) for place, row in enumerate(facts)])

    odd = clause(rule, columns, now=NOW, otherwise=lambda _: table.c.lines % 2 == 1)
    taken = await connection.execute(select(table.c.lines).where(odd))

    assert sorted(taken.scalars()) == [row["lines"] for row in facts if rule.holds(row, now=NOW)]


def test_a_rule_without_sql_is_a_defect():
    with pytest.raises(TypeError):
        clause(Odd(), columns, now=NOW)
