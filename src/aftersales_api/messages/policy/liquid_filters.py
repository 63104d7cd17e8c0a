"""Filters a mail needs and the library lacks or does in an unsafe way: money, dates, links, lists."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import parse_pattern
from liquid import Markup, RenderContext, escape
from liquid.exceptions import FilterArgumentError
from liquid.filter import sequence_filter, string_filter, with_context

from aftersales_api.kit.money import CURRENCIES, exponent
from aftersales_api.messages.policy.links import is_allowed
from aftersales_api.messages.policy.liquid_limits import OUTPUT

_TAGS = re.compile(r"<[^<>]*>")
_NAMED: Final = frozenset({"short", "medium", "long", "full"})
_DIRECTIVES: Final = {
    "d": "dd", "-d": "d", "e": "d", "m": "MM", "-m": "M", "B": "MMMM", "b": "MMM", "Y": "yyyy", "y": "yy",
    "A": "EEEE", "a": "EEE", "H": "HH", "-H": "H", "I": "hh", "-I": "h", "M": "mm", "S": "ss", "p": "a",
    "j": "DDD", "Z": "zzz", "z": "Z",
}  # fmt: skip
_DIRECTIVE = re.compile(r"%(-?[A-Za-z%])")
_KEPT_IN_URLS: Final = "%/:=&?~#+!$,;@()*[]-._'"


@with_context
def money(value: object, *, context: RenderContext) -> str:
    """`{"amount": "12.50", "currency": "EUR"}` as the reader's language writes it; nothing for nothing."""
    if value is None or value == "":
        return ""
    if not isinstance(value, Mapping):
        raise FilterArgumentError("money needs an amount with a currency", token=None)
    currency = str(value.get("currency"))
    try:
        amount = Decimal(str(value.get("amount")))
    except InvalidOperation as unreadable:
        raise FilterArgumentError("the amount is not a number", token=None) from unreadable
    if currency not in CURRENCIES or not amount.is_finite():
        raise FilterArgumentError("money needs an amount with a currency", token=None)
    return money_text(amount, currency, _locale(context))


class Amount(dict[str, Any]):
    """Money of a context: shown without a filter it reads as `money` writes it, not as a program would."""

    def __init__(self, said: Mapping[str, Any], locale: Locale) -> None:
        super().__init__(said)
        self.locale = locale

    def __str__(self) -> str:
        return money_text(Decimal(str(self["amount"])), str(self["currency"]), self.locale)


def readable(context: Mapping[str, Any]) -> dict[str, Any]:
    """A context as templates see it: the same values, with money that can be read."""
    locale = locale_of(context.get("locale"))
    return {name: _readable(value, locale) for name, value in context.items()}


def _readable(value: Any, locale: Locale) -> Any:
    if isinstance(value, Mapping):
        if value.keys() == {"amount", "currency"} and _is_amount(value):
            return Amount(value, locale)
        return {name: _readable(part, locale) for name, part in value.items()}
    return [_readable(part, locale) for part in value] if isinstance(value, list) else value


def _is_amount(value: Mapping[str, Any]) -> bool:
    try:
        return value["currency"] in CURRENCIES and Decimal(str(value["amount"])).is_finite()
    except (InvalidOperation, TypeError):
        return False


def money_text(amount: Decimal, currency: str, locale: Locale) -> str:
    """ISO 4217 decides the decimals; the library's own table has some of them wrong."""
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (exponent(currency), exponent(currency))
    return str(pattern.apply(amount, locale, currency=currency, currency_digits=False))


@with_context
def shown_date(value: object, form: object = "long", *, context: RenderContext) -> str:
    """An instant or a day on the reader's wall calendar: `short`, `medium`, `long`, `full` or strftime signs."""
    found = _instant(value, context)
    if found is None:
        return ""
    form = str(form)
    locale = _locale(context)
    if form in _NAMED:
        return format_date(found, form, locale=locale)
    return format_datetime(_as_datetime(found), _pattern(form), locale=locale)


@with_context
def shown_time(value: object, form: object = "short", *, context: RenderContext) -> str:
    """The time of day of an instant, in the reader's zone."""
    found = _instant(value, context)
    if found is None:
        return ""
    return format_time(_as_datetime(found), str(form) if str(form) in _NAMED else "short", locale=_locale(context))


@sequence_filter
def join(items: Any, separator: object = ", ") -> str:
    """One text out of a list; its length is known before it is made."""
    texts = ["" if each is None else each if isinstance(each, str) else str(each) for each in items]
    between = separator if isinstance(separator, str) else str(separator)
    if sum(map(len, texts)) + len(between) * len(texts) > OUTPUT:
        raise FilterArgumentError("the joined text is too long", token=None)
    return Markup(between).join(texts) if isinstance(between, Markup) else between.join(texts)


@string_filter
def replace(text: str, old: object, new: object = "") -> str:
    """Every occurrence replaced; the length of the result is known before it is made."""
    found, put = str(old), str(new)
    times = len(text) + 1 if found == "" else text.count(found)
    if len(text) + times * len(put) > OUTPUT:
        raise FilterArgumentError("the replaced text is too long", token=None)
    return text.replace(found, new if isinstance(new, Markup) else put)


@string_filter
def strip_html(text: str) -> str:
    """The text without tags, in linear time; what is left is escaped again by the output."""
    return _TAGS.sub("", str(text))


@string_filter
def url_whole(text: str) -> str:
    """A whole address for a link: schemes outside the allow-list become `#`."""
    address = str(text).strip()
    return quote(address, safe=_KEPT_IN_URLS) if is_allowed(address) else "#"


@string_filter
def url_part(text: str) -> str:
    """A piece of an address, percent-encoded (RFC 3986, section 2.3 characters stay)."""
    return quote(str(text), safe="")


@string_filter
def url_contact(text: str) -> str:
    """A mail address or telephone number after `mailto:` or `tel:`."""
    return quote(str(text), safe="@+")


@string_filter
def newline_to_br(text: str) -> str:
    """Line breaks kept in HTML; the rest is escaped."""
    return Markup("<br />\n").join(escape(text).splitlines())


def _locale(context: RenderContext) -> Locale:
    return locale_of(context.scope.get("locale"))


def locale_of(name: object) -> Locale:
    """The reader's locale; English where it is not known."""
    try:
        return Locale.parse(str(name).replace("-", "_"))
    except (ValueError, LookupError, UnknownLocaleError):
        return Locale("en")


def _zone(context: RenderContext) -> ZoneInfo:
    name = context.scope.get("timezone")
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


def _instant(value: object, context: RenderContext) -> datetime | date | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(_zone(context))
    if isinstance(value, date):
        return value
    raise FilterArgumentError("the value is not a date", token=None)


def _parsed(text: str) -> datetime | date:
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError as unreadable:
        raise FilterArgumentError("the text is not an ISO 8601 date", token=None) from unreadable


def _as_datetime(value: datetime | date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)


def _pattern(form: str) -> str:
    """strftime signs as a CLDR pattern; letters between them are quoted."""
    parts, place = [], 0
    for found in _DIRECTIVE.finditer(form):
        parts.append(_quoted(form[place : found.start()]))
        sign = found[1]
        if sign != "%" and sign not in _DIRECTIVES:
            raise FilterArgumentError("the date format has an unknown sign", token=None)
        parts.append("%" if sign == "%" else _DIRECTIVES[sign])
        place = found.end()
    return "".join(parts) + _quoted(form[place:])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text else ""


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "money": money,
    "date": shown_date,
    "time": shown_time,
    "join": join,
    "replace": replace,
    "strip_html": strip_html,
    "newline_to_br": newline_to_br,
    "url_whole": url_whole,
    "url_part": url_part,
    "url_contact": url_contact,
}
