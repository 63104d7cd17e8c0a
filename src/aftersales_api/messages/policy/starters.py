"""The templates every shop starts with, as plain files beside this package; a shop gets its own copy to edit."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from aftersales_api.messages.states import Channel, Klass

LOCALES: Final = ("es", "en")
_FOLDER: Final = files("aftersales_api.messages") / "starter"


@dataclass(frozen=True, slots=True)
class Starter:
    """One starter template: subject, MJML and, where it has one, a short text per locale."""

    key: str
    name: str
    klass: Klass
    channel: Channel
    kind: str
    locales: dict[str, dict[str, str]]


@lru_cache(maxsize=1)
def starters() -> dict[str, Starter]:
    """All starter templates by key."""
    listed = json.loads(_text("templates.json"))
    return {
        each["key"]: Starter(
            each["key"],
            each["name"],
            Klass(each["class"]),
            Channel(each["channel"]),
            each["kind"],
            {locale: _locale(each["key"], locale) | _sms(each, locale) for locale in LOCALES},
        )
        for each in listed
    }


def _locale(key: str, locale: str) -> dict[str, str]:
    head, _, content = _text(f"{key}.{locale}.mjml").partition("\n\n")
    subject = head.removeprefix("Subject: ").strip()
    page = _text("layout.mjml")
    parts = {"locale": locale, "preview": subject, "content": content, "footer": _text(f"footer.{locale}.mjml")}
    for name, text in parts.items():
        page = page.replace(f"[[{name}]]", text)
    return {"subject": subject, "mjml": page}


def _sms(each: dict[str, Any], locale: str) -> dict[str, str]:
    return {"sms": each["sms"][locale]} if "sms" in each else {}


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
