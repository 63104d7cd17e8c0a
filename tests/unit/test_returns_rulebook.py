"""A rulebook that is asked many times answers as its rules do, for every kind of line and every question."""

from itertools import product
from uuid import uuid4

from aftersales_api.returns.policy.rules import Asked, Rulebook, resolve, rule_from
from aftersales_api.returns.policy.standing import LineStanding

RULES = [
    rule_from(said, index)
    for index, said in enumerate(
        [
            {"priority": 1, "effect": {"window_days": 21}},
            {"priority": 2, "match": {"skus": ["B"]}, "effect": {"window_days": 8}},
            {"priority": 3, "match": {"tags": ["sale"]}, "effect": {"final_sale": True}},
            {"priority": 4, "match": {"categories": ["shoes"]}, "effect": {"auto": "approve"}},
            {"priority": 5, "match": {"condition_sold": ["used"]}, "effect": {"returnable": False}},
            {"priority": 6, "match": {"price_min_minor": 5000}, "effect": {"require_photos": True}, "currency": "EUR"},
            {"priority": 7, "match": {"countries": ["CL"]}, "effect": {"window_days": 61}},
            {"priority": 8, "match": {"customer_segments": ["vip"]}, "effect": {"window_days": 99}},
        ]
    )
]


def lines():
    wishes = product(("A", "B"), ((), ("sale",)), ("shoes", None), ("new", "used"), (4999, 5000))
    for sku, tags, category, condition, price in wishes:
        yield LineStanding(
            id=uuid4(), external_id="x", title="T", sku=sku, tags=tags, product_category=category,
            condition_sold=condition, unit_price_minor=price, quantity=1, paid_minor=price,
        )  # fmt: skip


def test_it_answers_as_its_rules_do_the_first_time_and_again():
    book, every = Rulebook(RULES), list(lines())
    asked = [
        Asked(country=country, currency=currency, customer_segments=frozenset(group))
        for country, currency, group in product(("CL", "ES"), ("EUR", "JPY"), ((), ("vip",)))
    ]
    for _ in range(2):
        for line, question in product(every, asked):
            assert resolve(book, line, question) == resolve(RULES, line, question)
    assert len(book.answers) == len(every) * len(asked)
