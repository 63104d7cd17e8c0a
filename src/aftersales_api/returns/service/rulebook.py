"""Rules between the wire and the store: money becomes minor units and back."""

from collections.abc import Mapping
from typing import Any, Final

from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.returns.models import PolicyVersionRow
from aftersales_api.returns.schemas import settings as forms

MONEY: Final = {
    "match": ("price_min", "price_max"),
    "effect": ("return_shipping_fee", "processing_fee", "keep_item_below"),
}


def stored(rule: forms.PolicyRule, index: int) -> dict[str, Any]:
    """A rule as it is kept."""
    said = rule.model_dump(mode="json", exclude_none=True)
    said["id"] = rule.id or f"rule-{index + 1}"
    for part, names in MONEY.items():
        given = getattr(rule, part)
        for name in names:
            amount: MoneyAmount | None = getattr(given, name)
            if amount is not None and said.get("currency", amount.currency) != amount.currency:
                raise Malformed(
                    "A rule names amounts of one currency.", f"/body/rules/{index}/{part}/{name}", "currency_mismatch"
                )
            if amount is not None:
                said[part].pop(name, None)
                said[part][f"{name}_minor"] = amount.money().minor
                said["currency"] = amount.currency
    return said


def _wire(said: Mapping[str, Any]) -> forms.PolicyRule:
    currency = str(said.get("currency", "EUR"))
    parts: dict[str, dict[str, Any]] = {part: dict(said.get(part) or {}) for part in MONEY}
    for part, names in MONEY.items():
        for name in names:
            minor = parts[part].pop(f"{name}_minor", None)
            if minor is not None:
                parts[part][name] = {"amount": Money(int(minor), currency).text, "currency": currency}
    return forms.PolicyRule.model_validate({"id": said.get("id"), "priority": said.get("priority", 0), **parts})


def shown(row: PolicyVersionRow | None) -> forms.ReturnPolicy:
    """A version as clients see it; without one, the defaults as version 0."""
    if row is None:
        return forms.ReturnPolicy(
            id=None, name="Defaults", rules=[], valid_from=None, created_by=None, created_at=None, version=0
        )
    return forms.ReturnPolicy(
        id=row.id,
        name=row.name,
        rules=[_wire(rule) for rule in row.rules],
        valid_from=row.valid_from,
        created_by=row.created_by,
        created_at=row.created_at,
        version=row.number,
    )
