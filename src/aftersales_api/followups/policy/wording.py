"""What reminders are called and when they are due unless a flow says so, and texts in the language of the reader."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from aftersales_api.kit.calendar import Duration


class ReminderKind(StrEnum):
    WARRANTY = "warranty"
    MAINTENANCE = "maintenance"
    REPLENISHMENT = "replenishment"


REMINDER_KINDS: Final[Mapping[ReminderKind, Mapping[str, str]]] = {
    ReminderKind.WARRANTY: {"es": "Tu garantía termina pronto", "en": "Your warranty ends soon"},
    ReminderKind.MAINTENANCE: {"es": "Es hora del mantenimiento", "en": "Time for maintenance"},
    ReminderKind.REPLENISHMENT: {"es": "¿Te queda poco?", "en": "Running low?"},
}

USUAL_NOTICE: Final[Mapping[ReminderKind, Duration]] = {
    ReminderKind.WARRANTY: Duration(months=1),
    ReminderKind.MAINTENANCE: Duration(),
    ReminderKind.REPLENISHMENT: Duration(),
}


def interval_of(kind: ReminderKind, product: Mapping[str, Any]) -> Duration | None:
    """How long a product lasts, goes without care, or has a warranty; None when it does not say."""
    if kind is ReminderKind.WARRANTY:
        months = product.get("warranty_months")
        return Duration(months=months) if months else None
    said = product.get("maintenance_interval" if kind is ReminderKind.MAINTENANCE else "replenish_after")
    return Duration.parse(said) if said else None


def in_language(texts: Mapping[str, str] | None, *locales: str | None) -> str | None:
    """The text in the first of these languages that there is, else in English, else in any."""
    if not texts:
        return None
    for locale in locales:
        if locale and (found := texts.get(locale) or texts.get(locale[:2])):
            return found
    return texts.get("en") or next(iter(texts.values()))
