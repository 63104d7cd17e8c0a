"""Conditions that shops write: what may be said, what is refused and where, and what holds when values are missing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.conditions_rule import Compares, ConditionTooLarge, Every, Limits, Moment, Present, Rule, bind
from aftersales_api.kit.conditions_values import FieldType, FromNow, UnknownField, WrongOperator, WrongValue
from aftersales_api.kit.durations import Duration
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.money import Money

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
CATALOGUE = {
    "order.country": FieldType.TEXT,
    "order.lines": FieldType.INTEGER,
    "order.total": FieldType.MONEY,
    "order.placed_at": FieldType.INSTANT,
    "customer.born_on": FieldType.DATE,
    "customer.is_business": FieldType.BOOLEAN,
    "order.tags": FieldType.TEXT_LIST,
}
FACTS = {
    "order.country": "ES",
    "order.lines": 3,
    "order.total": Money(1250, "EUR"),
    "order.placed_at": datetime(2026, 6, 1, tzinfo=UTC),
    "customer.born_on": date(1990, 2, 28),
    "customer.is_business": False,
    "order.tags": ["vip", "first order"],
}
EUR_10 = {"amount": "10.00", "currency": "EUR"}


def rule(tree: Any, **options: Any) -> Rule:
    return bind(Condition.model_validate(tree), CATALOGUE, **options)


def holds(tree: Any, facts: dict[str, Any] | None = None, **options: Any) -> bool:
    return rule(tree).holds(FACTS if facts is None else facts, now=NOW, **options)


def ask(op: str, field: str, *value: Any) -> dict[str, Any]:
    return {"op": op, "field": field, **({"value": value[0]} if value else {})}


# --- questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (ask("eq", "order.country", "ES"), True),
        (ask("eq", "order.country", "es"), False),
        (ask("ne", "order.country", "ES"), False),
        (ask("in", "order.country", ["FR", "ES"]), True),
        (ask("not_in", "order.country", ["FR", "ES"]), False),
        (ask("contains", "order.country", "S"), True),
        (ask("starts_with", "order.country", "S"), False),
        (ask("gt", "order.country", "EE"), True),
        (ask("gt", "order.country", "e"), False),
        (ask("gt", "order.lines", 2), True),
        (ask("gt", "order.lines", 3), False),
        (ask("gte", "order.lines", 3), True),
        (ask("lt", "order.lines", 3), False),
        (ask("lte", "order.lines", 3), True),
        (ask("in", "order.lines", [1, 2]), False),
        (ask("gt", "order.total", EUR_10), True),
        (ask("eq", "order.total", {"amount": "12.50", "currency": "EUR"}), True),
        (ask("eq", "order.placed_at", "2026-06-01T02:00:00+02:00"), True),
        (ask("lt", "order.placed_at", "2026-06-01T00:00:00Z"), False),
        (ask("lte", "customer.born_on", "1990-02-28"), True),
        (ask("eq", "customer.is_business", False), True),
        (ask("ne", "customer.is_business", False), False),
        (ask("contains", "order.tags", "vip"), True),
        (ask("contains", "order.tags", "vi"), False),
        (ask("in", "order.tags", ["gold", "vip"]), True),
        (ask("not_in", "order.tags", ["gold", "silver"]), True),
        (ask("exists", "order.total"), True),
        (ask("missing", "order.total"), False),
    ],
)
def test_a_question_about_one_field(question, expected):
    assert holds(question) is expected


def test_all_need_every_one():
    assert holds({"op": "all", "of": [ask("eq", "order.country", "ES"), ask("gt", "order.lines", 2)]})
    assert not holds({"op": "all", "of": [ask("eq", "order.country", "ES"), ask("gt", "order.lines", 3)]})


def test_any_needs_one():
    assert holds({"op": "any", "of": [ask("eq", "order.country", "FR"), ask("gt", "order.lines", 2)]})
    assert not holds({"op": "any", "of": [ask("eq", "order.country", "FR"), ask("gt", "order.lines", 3)]})


def test_not_turns_the_answer_round():
    assert holds({"op": "not", "of": ask("eq", "order.country", "FR")})


# --- missing values -----------------------------------------------------------------------------------------------

COMPARISONS = [
    ask("eq", "order.country", "ES"),
    ask("ne", "order.country", "ES"),
    ask("in", "order.country", ["ES"]),
    ask("not_in", "order.country", ["ES"]),
    ask("contains", "order.country", "E"),
    ask("starts_with", "order.country", "E"),
    ask("lt", "order.lines", 5),
    ask("gte", "order.total", EUR_10),
    ask("gte", "order.placed_at", {"now_minus": "P30D"}),
    ask("eq", "customer.is_business", True),
    ask("contains", "order.tags", "vip"),
    ask("not_in", "order.tags", ["vip"]),
]


@pytest.mark.parametrize("question", COMPARISONS)
def test_a_comparison_with_a_missing_value_does_not_hold(question):
    assert not holds(question, {})


@pytest.mark.parametrize("question", COMPARISONS)
def test_neither_does_its_opposite(question):
    assert not holds({"op": "not", "of": question}, {})


@pytest.mark.parametrize("question", COMPARISONS)
def test_its_opposite_holds_when_missing_is_stated(question):
    either = {"op": "any", "of": [ask("missing", question["field"]), {"op": "not", "of": question}]}
    assert holds(either, {})


def test_a_value_of_none_is_missing():
    assert holds(ask("missing", "order.country"), {"order.country": None})


def test_an_empty_text_and_an_empty_list_are_values():
    assert holds(ask("exists", "order.country"), {"order.country": ""})
    assert holds({"op": "not", "of": ask("contains", "order.tags", "vip")}, {"order.tags": []})


def test_a_known_no_beats_an_unknown_in_all():
    both = {"op": "all", "of": [ask("eq", "order.country", "FR"), ask("gt", "order.lines", 1)]}
    assert holds({"op": "not", "of": both}, {"order.country": "ES"})


def test_a_known_yes_beats_an_unknown_in_any():
    assert holds(
        {"op": "any", "of": [ask("gt", "order.lines", 1), ask("eq", "order.country", "ES")]}, {"order.country": "ES"}
    )


# --- money and time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", ["eq", "ne", "lt", "lte", "gt", "gte"])
def test_nothing_is_known_about_money_in_another_currency(op):
    dollars = {"amount": "10.00", "currency": "USD"}
    assert rule(ask(op, "order.total", dollars)).verdict(FACTS, Moment(NOW)) is None


def test_money_among_several_currencies_is_compared_with_its_own():
    values = [{"amount": "10.00", "currency": "USD"}, {"amount": "12.50", "currency": "EUR"}]
    assert holds(ask("in", "order.total", values))


@pytest.mark.parametrize(("placed_at", "expected"), [("2026-05-11T12:00:00", False), ("2026-05-11T11:59:59", True)])
def test_thirty_days_ago_is_counted_from_the_moment_it_is_asked(placed_at, expected):
    facts = {"order.placed_at": datetime.fromisoformat(placed_at).replace(tzinfo=UTC)}
    assert holds(ask("lt", "order.placed_at", {"now_minus": "P30D"}), facts) is expected


def test_a_relative_instant_keeps_the_wall_time_of_the_zone():
    now = datetime(2026, 3, 30, 8, tzinfo=UTC)
    three_days_ago = FromNow(Duration.parse("P3D"))
    assert three_days_ago.instant(now, "Europe/Madrid") == datetime(2026, 3, 27, 9, tzinfo=UTC)


def test_a_relative_date_is_the_local_date():
    late = datetime(2026, 6, 10, 22, 30, tzinfo=UTC)
    tomorrow = ask("eq", "customer.born_on", {"now_plus": "P1D"})
    assert rule(tomorrow).holds({"customer.born_on": date(2026, 6, 12)}, now=late, zone="Europe/Madrid")
    assert rule(tomorrow).holds({"customer.born_on": date(2026, 6, 11)}, now=late, zone="UTC")


# --- spellings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        {"and": [{"or": [{"field": "order.lines", "op": ">=", "value": 2}]}, {"not": {"field": "order.lines", "op": "==", "value": 4}}]},
        {
            "op": "and",
            "of": [
                {"op": "or", "of": [{"attr": {"path": "order.lines", "op": "ge", "value": 2}}]},
                {"op": "not", "of": {"attr": {"path": "order.lines", "op": "=", "value": 4}}},
            ],
        },
    ],
)  # fmt: skip
def test_other_spellings_mean_the_same(spelling):
    usual = {
        "op": "all",
        "of": [
            {"op": "any", "of": [ask("gte", "order.lines", 2)]},
            {"op": "not", "of": ask("eq", "order.lines", 4)},
        ],
    }
    assert Condition.model_validate(spelling).model_dump(mode="json") == usual


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tree",
    [
        None, [], "all", {}, {"op": "xor", "of": []}, {"op": "all", "of": []}, {"op": "all"}, {"of": []}, {"op": ["all"]},
        {"op": "not", "of": [ask("exists", "order.lines")]}, ask("eq", "order.lines"), ask("exists", "order.lines", 1),
        ask("in", "order.lines", 1), ask("in", "order.lines", []), ask("contains", "order.tags", ""), ask("eq", "", 1),
        {"op": "eq", "field": "order.lines", "value": 1, "note": "x"}, ask("eq", "x" * 121, 1),
    ],
)  # fmt: skip
def test_what_is_not_a_condition_is_refused(tree):
    with pytest.raises(ValidationError):
        Condition.model_validate(tree)


def refusal(tree: Any, **options: Any) -> tuple[type, str, str]:
    with pytest.raises(Malformed) as refused:
        rule(tree, **options)
    [problem] = refused.value.errors
    assert refused.value.status == 422
    return type(refused.value), problem.pointer, problem.code


def test_an_unknown_field_is_refused_where_it_stands():
    tree = {"op": "all", "of": [ask("exists", "order.lines"), {"op": "not", "of": ask("exists", "order.colour")}]}
    assert refusal(tree, pointer="/body/filter") == (UnknownField, "/body/filter/of/1/of/field", "unknown_field")


@pytest.mark.parametrize(
    ("op", "field", "value"),
    [
        ("contains", "order.lines", "1"),
        ("starts_with", "order.tags", "v"),
        ("gt", "customer.is_business", True),
        ("eq", "order.tags", "vip"),
        ("starts_with", "order.total", "1"),
    ],
)
def test_an_operator_the_field_does_not_know_is_refused(op, field, value):
    assert refusal(ask(op, field, value)) == (WrongOperator, "/body/condition/op", "condition_operator")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("order.country", 1), ("order.country", None), ("order.country", "x" * 1001), ("order.country", "a\x00"),
        ("order.country", "\ud800"), ("order.lines", "3"), ("order.lines", True), ("order.lines", 3.0),
        ("order.lines", 2**63), ("order.total", 12), ("order.total", "12.50"), ("order.total", {"amount": "12.50"}),
        ("order.total", {"amount": "12.50", "currency": "XXX"}), ("order.total", {**EUR_10, "x": 1}),
        ("order.placed_at", "2026-06-01"), ("order.placed_at", "2026-06-01T00:00:00"), ("order.placed_at", 1),
        ("order.placed_at", {"now_minus": "soon"}), ("order.placed_at", {"now_minus": 5}), ("order.placed_at", {}),
        ("order.placed_at", {"now": "P1D"}), ("order.placed_at", {"now_minus": "P1D", "now_plus": "P1D"}),
        ("customer.born_on", "28.02.1990"), ("customer.born_on", "2026-02-30"),
        ("customer.born_on", "2026-06-01T00:00:00Z"), ("customer.is_business", 1), ("customer.is_business", "true"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(field, value):
    assert refusal(ask("eq", field, value)) == (WrongValue, "/body/condition/value", "condition_value")


def test_a_wrong_value_among_several_is_pointed_at():
    assert refusal(ask("in", "order.lines", [1, "2"]))[1] == "/body/condition/value/1"


def test_money_with_a_wrong_number_of_decimals_is_refused_as_everywhere():
    wrong = ask("eq", "order.total", {"amount": "12.5", "currency": "EUR"})
    assert refusal(wrong) == (Malformed, "/body/condition/value", "amount_scale")


def nested(levels: int) -> dict[str, Any]:
    tree = ask("exists", "order.lines")
    for _ in range(levels - 1):
        tree = {"op": "not", "of": tree}
    return tree


def flat(nodes: int) -> dict[str, Any]:
    return {"op": "all", "of": [ask("exists", "order.lines")] * (nodes - 1)}


def test_five_levels_are_allowed_and_six_are_not():
    rule(nested(5))
    assert refusal(nested(6)) == (ConditionTooLarge, "/body/condition", "condition_too_large")


def test_a_hundred_parts_are_allowed_and_one_more_is_not():
    rule(flat(100))
    assert refusal(flat(101)) == (ConditionTooLarge, "/body/condition", "condition_too_large")


def test_a_caller_may_allow_larger_trees():
    rule(nested(8), limits=Limits(depth=8))
    rule(flat(200), limits=Limits(nodes=200))


# --- looking at a rule --------------------------------------------------------------------------------------------


def test_a_condition_names_the_fields_it_asks_about():
    tree = {"op": "any", "of": [ask("exists", "order.lines"), {"op": "not", "of": ask("eq", "order.country", "ES")}]}
    assert Condition.model_validate(tree).fields == {"order.lines", "order.country"}


def test_a_rule_names_its_questions_in_order():
    tree = {"op": "all", "of": [ask("exists", "order.lines"), {"op": "not", "of": ask("eq", "order.country", "ES")}]}
    assert list(rule(tree).leaves()) == [
        Present("order.lines", FieldType.INTEGER),
        Compares("eq", "order.country", FieldType.TEXT, "ES"),
    ]


def test_rules_of_a_caller_s_own_join_in():
    class Weekday(Rule):
        def verdict(self, facts, moment):
            return moment.now.weekday() < 5

    joined = Every((Weekday(), rule(ask("eq", "order.country", "ES"))))
    assert joined.holds(FACTS, now=NOW)
    assert not joined.holds(FACTS, now=NOW + timedelta(days=3))


@given(st.recursive(
    st.sampled_from([None, True, 0, "all", "eq", "order.lines", {"now_minus": "P1D"}]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["op", "of", "field", "value", "attr", "path", "and", "not"]), inner, max_size=4),
))  # fmt: skip
def test_any_json_is_a_condition_or_a_refusal(tree):
    try:
        rule(tree)
    except (ValidationError, Malformed):
        return
