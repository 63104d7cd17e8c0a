"""What reminders are called when the flow names no title, and texts in the language of the reader."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ReminderKind(StrEnum):
    WARRANTY = "warranty"
    MAINTENANCE = "maintenance"
    REPLENISHMENT = "replenishment"


REMINDER_KINDS: Final[Mapping[ReminderKind, Mapping[str, str]]] = {
    ReminderKind.WARRANTY: {"es": "Tu garantía termina pronto", "en": "Your warranty ends soon"},
    ReminderKind.MAINTENANCE: {"es": "Es hora del mantenimiento", "en": "Time for maintenance"},
    ReminderKind.REPLENISHMENT: {"es": "¿Te queda poco?", "en": "Running low?"},
}


def in_language(texts: Mapping[str, str] | None, *locales: str | None) -> str | None:
    """The text in the first of these languages that there is, else in English, else in any."""
    if not texts:
        return None
    for locale in locales:
        if locale and (found := texts.get(locale) or texts.get(locale[:2])):
            return found
    return texts.get("en") or next(iter(texts.values()))
