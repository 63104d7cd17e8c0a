"""Filling templates in: text and HTML, strict about unknown names, bounded in work, safe in headers."""

import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final

from liquid import StrictUndefined, Undefined
from liquid.template import BoundTemplate
from liquid.token import Token

from aftersales_api.messages.policy.faults import liquid_faults
from aftersales_api.messages.policy.links import without_bad_schemes
from aftersales_api.messages.policy.liquid_filters import FILTERS, readable
from aftersales_api.messages.policy.liquid_limits import ShopLiquid

SUBJECT: Final = 250
_BREAKS = re.compile(r"[\r\n\t\x0b\x0c\x85\u2028\u2029]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_missing: ContextVar[list[str] | None] = ContextVar("missing", default=None)


class Noticed(Undefined):
    """An unknown name that is written down instead of raising, so that a publish check lists all of them."""

    def __init__(self, name: str, *, token: Token | None = None, obj: object = None, hint: str | None = None) -> None:
        super().__init__(name, token=token, obj=obj, hint=hint)
        noticed = _missing.get()
        if noticed is not None:
            noticed.append((hint or name).removesuffix(" is undefined").strip("'"))


_STRICT: Final = {
    html: ShopLiquid(autoescape=html, filters=FILTERS, undefined=StrictUndefined) for html in (True, False)
}
_NOTICING: Final = {html: ShopLiquid(autoescape=html, filters=FILTERS, undefined=Noticed) for html in (True, False)}


@lru_cache(maxsize=2048)
def _compiled(source: str, *, html: bool, noticing: bool) -> BoundTemplate:
    return (_NOTICING if noticing else _STRICT)[html].compiled(source)


def compiled(source: str, *, html: bool = False, noticing: bool = False) -> BoundTemplate:
    """The parsed template; refuses with a code and a line."""
    with liquid_faults():
        return _compiled(source, html=html, noticing=noticing)


def render(source: str, context: Mapping[str, Any], *, html: bool = False) -> str:
    """The filled-in template; an unknown name, a limit or a wrong filter refuses it."""
    template = compiled(source, html=html)
    with liquid_faults():
        filled = template.render(readable(context))
    return without_bad_schemes(filled) if html else filled


def render_subject(source: str, context: Mapping[str, Any]) -> str:
    """One line for a header: no breaks, no control or direction signs."""
    return clean_header(render(source, context))[:SUBJECT]


def clean_header(text: str) -> str:
    """Safe in a mail header: line breaks become spaces, unseen signs go."""
    return " ".join(_UNSEEN.sub("", _BREAKS.sub(" ", text)).split())


def unknown_names(source: str, sample: Mapping[str, Any], *, html: bool = False) -> list[str]:
    """Every name the template uses that the sample does not have, also in branches the sample does not take."""
    template = compiled(source, html=html, noticing=True)
    noticed: list[str] = []
    token = _missing.set(noticed)
    try:
        with liquid_faults():
            template.render(readable(sample))
    finally:
        _missing.reset(token)
    names = list(dict.fromkeys([*noticed, *_unreached(template, sample)]))
    return [name for name in names if not any(other.startswith(f"{name}.") for other in names)]


def _unreached(template: BoundTemplate, sample: Mapping[str, Any]) -> Iterator[str]:
    for variables in template.analyze(include_partials=False).globals.values():
        for variable in variables:
            if not _is_there(list(variable.segments), sample):
                yield str(variable)


def _is_there(path: list[Any], value: Any) -> bool:
    for segment in path:
        if isinstance(segment, list):
            return True
        if isinstance(value, Mapping) and segment in value:
            value = value[segment]
        elif isinstance(value, list):
            if segment == "size":
                return True
            if segment not in ("first", "last") and not isinstance(segment, int):
                return False
            value = value[0] if value else None
        elif value is not None or path[0] is segment:
            return segment == "size" and isinstance(value, str | Mapping)
    return True
