"""Return rules a shop writes as data: what they match, what they say, and how the fields of many become one answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from aftersales_api.returns.policy.standing import LineStanding

DEFAULT_WINDOW_DAYS: Final = 30
RESOLUTIONS: Final = ("refund_original", "store_credit", "exchange", "replacement", "repair", "price_reduction", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Every member that is set must hold; prices are minor units of the unit price."""

    countries: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    customer_segments: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    skus: tuple[str, ...] | None = None
    condition_sold: tuple[str, ...] | None = None
    price_min_minor: int | None = None
    price_max_minor: int | None = None
    reason_codes: tuple[str, ...] | None = None
    legal_basis: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule says; members left out are answered by rules of lower priority."""

    returnable: bool | None = None
    window_days: int | None = None
    window_anchor: str | None = None
    fallback_transit_days: int | None = None
    business_days: bool | None = None
    final_sale: bool | None = None
    allowed_resolutions: tuple[str, ...] | None = None
    allowed_methods: tuple[str, ...] | None = None
    refund_timing: str | None = None
    auto_refund: bool | None = None
    requires_return: bool | None = None
    auto: str | None = None
    restocking_fee_pct: int | None = None
    return_shipping_fee_minor: int | None = None
    processing_fee_minor: int | None = None
    free_if_exchange: bool | None = None
    bonus_credit_pct: int | None = None
    keep_item_below_minor: int | None = None
    max_returns_per_customer_90d: int | None = None
    require_photos: bool | None = None
    holiday_extension_until: date | None = None
    expires_in_days: int | None = None
    return_shipping_payer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`currency` is that of all amounts the rule names; None when it names none."""

    id: str
    priority: int = 0
    match: Matcher = Matcher()
    effect: Effect = Effect()
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a rule may look at besides the line itself."""

    country: str | None = None
    currency: str | None = None
    channel: str | None = None
    reason_code: str | None = None
    legal_basis: str | None = None
    customer_segments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolved:
    """One answer per field, with the rule that gave it."""

    effect: Effect
    given_by: Mapping[str, str]

    def rule(self, name: str) -> str | None:
        return self.given_by.get(name)


DEFAULTS: Final = Effect(
    returnable=True,
    window_days=DEFAULT_WINDOW_DAYS,
    window_anchor="delivered",
    fallback_transit_days=7,
    business_days=False,
    final_sale=False,
    allowed_resolutions=RESOLUTIONS[:6],
    allowed_methods=("carrier", "in_store", "own_way"),
    refund_timing="on_receipt",
    requires_return=True,
    auto="review",
    restocking_fee_pct=0,
    return_shipping_fee_minor=0,
    processing_fee_minor=0,
    free_if_exchange=True,
    bonus_credit_pct=0,
    require_photos=False,
    expires_in_days=30,
)


NAMES: Final = tuple(each.name for each in fields(Effect))
_STANDARD: Final = {name: getattr(DEFAULTS, name) for name in NAMES}


class Rulebook(tuple[Rule, ...]):  # noqa: SLOT001 - a type of variable size takes no slots of its own
    """Rules that are asked many times: the same question about the same kind of line is answered once."""

    def __init__(self, _: Iterable[Rule] = ()) -> None:
        self.answers: dict[Any, Resolved] = {}

    def resolve(self, line: LineStanding, asked: Asked) -> Resolved:
        """As `resolve`; the key names all that rules look at of a line."""
        key = (line.product_category, line.sku, line.tags, line.condition_sold, line.unit_price_minor, asked)
        found = self.answers.get(key)
        if found is None:
            found = self.answers[key] = resolve(tuple(self), line, asked)
        return found


def resolve(rules: Iterable[Rule], line: LineStanding, asked: Asked) -> Resolved:
    """Highest priority wins per field; of equal ones the later rule in the list. Amounts never cross currencies."""
    if isinstance(rules, Rulebook):
        return rules.resolve(line, asked)
    said: dict[str, Any] = dict(_STANDARD)
    by: dict[str, str] = {}
    held = [rule for rule in rules if _in_reach(rule, asked) and _matches(rule.match, line, asked)]
    for rule in sorted(held, key=lambda each: each.priority):
        for name in NAMES:
            value = getattr(rule.effect, name)
            if value is not None and (name not in AMOUNTS or rule.currency in (None, asked.currency)):
                said[name] = value
                by[name] = rule.id
    return Resolved(Effect(**said), by)


AMOUNTS: Final = frozenset({"return_shipping_fee_minor", "processing_fee_minor", "keep_item_below_minor"})


def _in_reach(rule: Rule, asked: Asked) -> bool:
    """A price in one currency says nothing of prices in another."""
    has_price = rule.match.price_min_minor is not None or rule.match.price_max_minor is not None
    return not has_price or rule.currency in (None, asked.currency)


def _matches(match: Matcher, line: LineStanding, asked: Asked) -> bool:
    price = line.unit_price_minor
    return (
        _among(match.countries, asked.country)
        and _among(match.channels, asked.channel)
        and _among(match.categories, line.product_category)
        and _among(match.skus, line.sku)
        and _among(match.condition_sold, line.condition_sold)
        and _among(match.reason_codes, asked.reason_code)
        and _among(match.legal_basis, asked.legal_basis)
        and (match.tags is None or bool(set(match.tags) & set(line.tags)))
        and (match.customer_segments is None or bool(set(match.customer_segments) & asked.customer_segments))
        and (match.price_min_minor is None or price >= match.price_min_minor)
        and (match.price_max_minor is None or price <= match.price_max_minor)
    )


def _among(wanted: tuple[str, ...] | None, value: str | None) -> bool:
    return wanted is None or value in wanted


def rule_from(said: Mapping[str, Any], index: int) -> Rule:
    """A rule as it is stored."""
    return Rule(
        id=str(said.get("id") or f"rule-{index + 1}"),
        priority=int(said.get("priority", 0)),
        match=Matcher(**_plain(said.get("match") or {}, Matcher)),
        effect=Effect(**_plain(said.get("effect") or {}, Effect)),
        currency=said.get("currency"),
    )


def _plain(said: Mapping[str, Any], shape: type[Any]) -> dict[str, Any]:
    known = {each.name for each in fields(shape)}
    result: dict[str, Any] = {}
    for name, value in said.items():
        if name not in known or value is None:
            continue
        is_day = name == "holiday_extension_until" and isinstance(value, str)
        result[name] = date.fromisoformat(value) if is_day else tuple(value) if isinstance(value, list) else value
    return result
