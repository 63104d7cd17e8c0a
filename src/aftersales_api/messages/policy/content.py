"""What one template version holds, checked and made ready when it is saved and again when it is published."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aftersales_api.kit.errors import FieldProblem
from aftersales_api.messages.policy import layout, plain_text, rendering, shapes
from aftersales_api.messages.policy.faults import TemplateFault, liquid_faults
from aftersales_api.messages.states import Channel

PARTS: Final = ("subject", "mjml", "text", "sms")
_UNFIT_IN_SUBJECTS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
Sources = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is said to one person: `html` only in mails."""

    subject: str
    html: str | None
    text: str
    locale: str


def compiled(channel: Channel, sources: Sources) -> tuple[dict[str, dict[str, str]], list[FieldProblem]]:
    """Per locale what is rendered later (`html` laid out from MJML), and what is wrong with the sources."""
    ready: dict[str, dict[str, str]] = {}
    problems: list[FieldProblem] = []
    for locale, parts in sources.items():
        pointer = f"/body/locales/{locale}"
        problems += _missing_parts(channel, parts, pointer)
        ready[locale] = {}
        for name in PARTS:
            source = parts.get(name)
            if source is None:
                continue
            try:
                ready[locale]["html" if name == "mjml" else name] = _ready(name, source)
            except TemplateFault as fault:
                problems.append(FieldProblem(f"{pointer}/{name}", fault.code, fault.detail))
    return ready, problems


def publish_problems(kind: str, ready: Mapping[str, Mapping[str, str]]) -> list[FieldProblem]:
    """What would go wrong when it is sent: unknown names first, then a rendering against the sample."""
    sample = shapes.sample(kind)
    found: list[FieldProblem] = []
    for locale, parts in ready.items():
        for name in PARTS:
            part = "html" if name == "mjml" else name
            if part in parts:
                found += _part_problems(
                    f"/body/locales/{locale}/{name}", part, parts[part], {**sample, "locale": locale}
                )
    return found


def render(parts: Mapping[str, str], channel: Channel, context: Mapping[str, Any], locale: str) -> Rendered:
    """One locale filled in; refuses with TemplateFault."""
    filled = {**context, "locale": locale}
    subject = rendering.render_subject(parts.get("subject", ""), filled)
    if channel is not Channel.EMAIL:
        return Rendered(
            subject, None, rendering.render(parts.get("sms") or parts.get("text") or "", filled).strip(), locale
        )
    html = _in_language(rendering.render(parts["html"], filled, html=True), locale) if "html" in parts else None
    text = rendering.render(parts["text"], filled) if "text" in parts else _text_of(html or "")
    return Rendered(subject, html or plain_text.page_of(text, locale), text, locale)


def _in_language(page: str, locale: str) -> str:
    """The page says its language, for readers that read aloud; MJML leaves it open where the layout names none."""
    return page.replace('<html lang="und"', f'<html lang="{locale}"', 1)


def locale_order(customer: str | None, shop_default: str, ready: Mapping[str, Any]) -> list[str]:
    """Locales to try: the customer's (`es-MX`, then `es`), the shop's default, English, then whatever there is."""
    wanted = [each for name in (customer, shop_default, "en") if name for each in (name, name.partition("-")[0])]
    return list(dict.fromkeys([*(each for each in wanted if each in ready), *sorted(ready)]))


def _text_of(page: str) -> str:
    with liquid_faults():
        return plain_text.text_of(page)


def _ready(name: str, source: str) -> str:
    if name == "subject" and _UNFIT_IN_SUBJECTS.search(source):
        raise TemplateFault("unfit_text", "A subject holds no control or direction signs.")
    source = layout.compile_mjml(source) if name == "mjml" else source
    rendering.compiled(source, html=name == "mjml")
    return source


def _missing_parts(channel: Channel, parts: Mapping[str, str | None], pointer: str) -> Iterator[FieldProblem]:
    if channel is Channel.EMAIL:
        if not (parts.get("subject") or "").strip():
            yield FieldProblem(f"{pointer}/subject", "missing", "A mail needs a subject.")
        if not (parts.get("mjml") or parts.get("text")):
            yield FieldProblem(f"{pointer}/mjml", "missing", "A mail needs MJML or text.")
    elif not (parts.get("sms") or parts.get("text")):
        yield FieldProblem(f"{pointer}/sms", "missing", "A message on this channel needs its text.")


def _part_problems(pointer: str, name: str, source: str, sample: Mapping[str, Any]) -> Iterator[FieldProblem]:
    try:
        unknown = rendering.unknown_names(source, sample, html=name == "html")
        if unknown:
            for each in unknown:
                yield FieldProblem(pointer, "unknown_variable", f"{each} is not available here.")
            return
        filled = rendering.render(source, sample, html=name == "html")
    except TemplateFault as fault:
        yield FieldProblem(pointer, fault.code, fault.detail)
        return
    if _is_empty(name, filled):
        yield FieldProblem(pointer, "empty", "Filled in, it would be empty.")


def _is_empty(name: str, filled: str) -> bool:
    if name == "subject":
        return not rendering.clean_header(filled)
    if name == "html":
        return "<img" not in filled and not _text_of(filled).strip()
    return not filled.strip()
