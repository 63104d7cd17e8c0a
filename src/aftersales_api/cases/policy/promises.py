"""Which policy promises what to a case: the first whose conditions all hold, and its targets for the case's priority."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aftersales_api.cases.policy.words import ALWAYS_OPEN, Target

DEFAULT_PAUSES: Mapping[str, list[str]] = {
    Target.FIRST_RESPONSE: [],
    Target.NEXT_RESPONSE: [],
    Target.RESOLUTION: ["pending"],
    Target.FIRST_RESOLUTION: ["pending"],
}


@dataclass(frozen=True, slots=True)
class CaseTraits:
    """What conditions may ask of a case. Ids are in their public form, as conditions hold them."""

    channel: str
    type: str
    priority: str
    language: str
    tags: frozenset[str] = frozenset()
    team_id: str | None = None
    product_id: str | None = None
    customer_tier: str | None = None
    segments: frozenset[str] = frozenset()
    order_value: int | None = None
    order_currency: str | None = None


def holds(conditions: Mapping[str, Any], traits: CaseTraits) -> bool:
    """Whether every condition that is set holds; an empty one asks nothing, a missing fact satisfies nothing."""
    single = {
        "channels": traits.channel,
        "types": traits.type,
        "languages": traits.language,
        "team_ids": traits.team_id,
        "product_ids": traits.product_id,
        "customer_tiers": traits.customer_tier,
    }
    if any(conditions.get(name) and value not in conditions[name] for name, value in single.items()):
        return False
    several = {"tags": traits.tags, "segments": traits.segments}
    if any(conditions.get(name) and values.isdisjoint(conditions[name]) for name, values in several.items()):
        return False
    return _in_value_range(conditions.get("order_value"), traits)


def _in_value_range(wish: Mapping[str, Any] | None, traits: CaseTraits) -> bool:
    if not wish:
        return True
    if traits.order_value is None or traits.order_currency != wish["currency"]:
        return False
    least, most = wish.get("at_least_minor"), wish.get("below_minor")
    return (least is None or traits.order_value >= least) and (most is None or traits.order_value < most)


def chosen(policies: Iterable[tuple[UUID, Mapping[str, Any]]], traits: CaseTraits) -> UUID | None:
    """The first policy (in the order given) whose conditions hold."""
    return next((policy_id for policy_id, conditions in policies if holds(conditions, traits)), None)


def terms_for(
    targets: Sequence[Mapping[str, Any]], priority: str, calendar_versions: Mapping[str, UUID]
) -> dict[str, dict[str, Any]]:
    """The terms a policy's targets give a case of this priority, as the log keeps them; a named priority beats "any"."""
    found: dict[str, dict[str, Any]] = {}
    for each in sorted(targets, key=lambda one: one.get("priority") is not None):
        if each.get("priority") not in (None, priority):
            continue
        calendar = each.get("calendar_id") or ALWAYS_OPEN
        pauses = each.get("pause_on")
        found[each["target"]] = {
            "seconds": each["minutes"] * 60,
            "at_risk_percent": each.get("at_risk_percent", 75),
            "calendar_id": calendar,
            "calendar_version_id": None if calendar == ALWAYS_OPEN else str(calendar_versions[calendar]),
            "pause_on": DEFAULT_PAUSES[each["target"]] if pauses is None else list(pauses),
        }
    return found
