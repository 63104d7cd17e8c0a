"""What somebody newly wrote in a mail, apart from what they quoted and signed with: Spanish and English; Gmail, Outlook, Apple.

The quotation of Gmail and Apple is an attribution line and lines that begin with `>`; what stands below or between them was
newly written. Outlook's is a block of header lines, and all beneath it is old. A signature begins at `-- ` (RFC 3676, 4.3), at
the line a telephone puts, at a disclaimer, or at a closing that leads to an address card.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WEEKDAY_OR_DATE: Final = r"[^\n]{4,300}"
ATTRIBUTION: Final = re.compile(
    rf"^\s*((on|el|le|am|em|il)\s{WEEKDAY_OR_DATE}\s((wrote|escribió|escribio|écrit|escreveu|scritto)|schrieb(\s[^\n]{{1,200}})?)"
    r"|\d{4}[-/]\d{1,2}[-/]\d{1,2}\s[^\n]{4,300}<[^<>\s]+@[^<>\s]+>)\s*:\s*$",
    re.IGNORECASE,
)
ATTRIBUTION_START: Final = re.compile(r"^\s*((on|el|le|am|em|il)\s.*\d|\d{4}[-/]\d)", re.IGNORECASE)
LONGEST_ATTRIBUTION: Final = 4
DIVIDER: Final = re.compile(
    r"^\s*[>*\s]*(-{2,}\s*(original message|mensaje original|mensaje reenviado|forwarded message|mensaje enviado)\s*-{2,}"
    r"|begin forwarded message:|inicio del mensaje reenviado:)",
    re.IGNORECASE,
)
RULE: Final = re.compile(r"^\s*(_{10,}|-{20,})\s*$")
FROM_LINE: Final = re.compile(r"^\s*\*?(from|de|von)\s?:\*?\s+\S", re.IGNORECASE)
HEADER_LINE: Final = re.compile(
    r"^\s*\*?(sent|date|to|cc|subject|reply-to|enviado(\sel)?|fecha|para|asunto|responder a|gesendet|an|betreff)\s?:\*?",
    re.IGNORECASE,
)
QUOTED: Final = re.compile(r"^\s{0,3}>")
MARK: Final = re.compile(r"^\s*(--|—|–)\s*$")
BY_TELEPHONE: Final = re.compile(
    r"^\s*\*?(sent from (my|mail|outlook|yahoo|samsung|proton|gmail)\b|sent (via|with|using) (the )?(outlook|proton|yahoo|gmail|aol|spark)\b|"
    r"enviado desde (mi|el m[oó]vil|la aplicaci[oó]n|correo|mail|outlook|yahoo|samsung|gmail|proton)\b|"
    r"enviado con (outlook|proton|spark|gmail)\b|get outlook for\b|obt[eé]n(er)? outlook para\b)[^\n]{0,160}$",
    re.IGNORECASE,
)
DISCLAIMER: Final = re.compile(
    r"^\s*\*?(aviso legal|aviso de confidencialidad|confidencialidad|cláusula de confidencialidad|este (mensaje|correo)"
    r"( electrónico)? (y|va|contiene|es|puede)|confidentiality notice|confidential(ity)?\s*:|disclaimer\s*:|"
    r"this (e-?mail|message)( and any| is| may| contains))",
    re.IGNORECASE,
)
CLOSING: Final = re.compile(
    r"^\s*(un (cordial )?saludo|(muchos )?saludos( cordiales)?|cordialmente|atentamente|un abrazo|muchas gracias|gracias|"
    r"(best|kind|warm) regards|best( wishes)?|regards|sincerely|yours (sincerely|truly|faithfully)|thanks|thank you|cheers)"
    r"( y un saludo)?\s*[,.!]*\s*$",
    re.IGNORECASE,
)
CARD: Final = re.compile(
    r"(https?://|www\.|@[\w-]+\.|\b(tel|tlf|tfno|móvil|movil|phone|mobile|fax)\b|\+?\d[\d\s().-]{7,})", re.IGNORECASE
)
LONGEST_CARD: Final = 10
LONGEST_TEXT: Final = 300_000
"""Characters of a mail that are looked at; a message shows a third of it."""
LONGEST_MARK: Final = 500
"""How much of a line can tell that an old mail or a signature begins there."""


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail's text in two: what was newly written, and what was cut from it (None when nothing was)."""

    written: str
    cut: str | None = None


def cut_text(text: str) -> MailText:
    """Cut quotations and signature; a mail in which nothing else stands is left whole."""
    lines = text[:LONGEST_TEXT].splitlines()
    kept, gone = _without_quotations(lines)
    kept, signed = _without_signature(kept)
    written = "\n".join(kept).strip()
    if not written:
        return MailText(text[:LONGEST_TEXT].strip())
    cut = "\n".join([*signed, *gone]).strip()
    return MailText(written, cut or None)


def _mark(line: str) -> str:
    return line.strip()[:LONGEST_MARK]


def _without_quotations(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    kept: list[str] = []
    at = 0
    gone: list[str] = []
    while at < len(lines):
        if _begins_old_mail(lines, at):
            return kept, [*gone, *lines[at:]]
        length = _attribution(lines, at)
        if length:
            end = _end_of_quotation(lines, at + length)
            if end is None:
                return kept, [*gone, *lines[at:]]
            gone += lines[at:end]
            at = end
        elif QUOTED.match(lines[at]):
            gone.append(lines[at])
            at += 1
        else:
            kept.append(lines[at])
            at += 1
    return kept, gone


def _begins_old_mail(lines: Sequence[str], at: int) -> bool:
    """Whether an earlier mail stands here with its header, as Outlook puts it; all that follows is that mail."""
    first = _mark(lines[at])
    if DIVIDER.match(first):
        return True
    start = at + 1 if RULE.match(first) else at
    while start < len(lines) and start - at < 3 and not lines[start].strip():
        start += 1
    if start >= len(lines) or not FROM_LINE.match(_mark(lines[start])):
        return False
    return sum(bool(HEADER_LINE.match(_mark(line))) for line in lines[start + 1 : start + 6]) >= 2


def _attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from here are `On …, Ada wrote:`, which mail programs wrap; 0 when it does not begin here."""
    if not ATTRIBUTION_START.match(_mark(lines[at])):
        return 0
    for length in range(1, LONGEST_ATTRIBUTION + 1):
        said = [_mark(line) for line in lines[at : at + length]]
        if len(said) < length or not all(said):
            return 0
        if ATTRIBUTION.match(" ".join(said)):
            return length
    return 0


def _end_of_quotation(lines: Sequence[str], start: int) -> int | None:
    """Where the lines marked `>` end that follow an attribution; None when they are not marked, so that all is old."""
    first = start
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first >= len(lines) or not QUOTED.match(lines[first]):
        return None
    while first < len(lines) and QUOTED.match(lines[first]):
        first += 1
    return first


def _without_signature(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    begins = next((at for at, line in enumerate(lines) if line.strip()), len(lines)) + 1
    for at in range(begins, len(lines)):
        line = _mark(lines[at])
        if MARK.match(line) or BY_TELEPHONE.match(line) or DISCLAIMER.match(line) or _leads_to_card(lines, at):
            return list(lines[:at]), list(lines[at:])
    return list(lines), []


def _leads_to_card(lines: Sequence[str], at: int) -> bool:
    """A closing, then only short lines, one of them a telephone number or an address: a signature without its mark."""
    if not CLOSING.match(_mark(lines[at])):
        return False
    rest: list[str] = []
    for following in range(at + 1, len(lines)):
        line = lines[following].strip()
        if len(line) > 80 or len(rest) + bool(line) > LONGEST_CARD:
            return False
        rest += [line] if line else []
    return len(rest) > 1 and any(CARD.search(line) for line in rest)
