"""A mail as it came (RFC 5322), read without trust: who, what, which thread, and whether a machine wrote it."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from aftersales_api.cases.policy.clean_html import plain_text

TOKEN: Final = re.compile(r"\[#([0-9a-f]{24})\]")
PLUS_TOKEN: Final = re.compile(r"\+([0-9a-f]{24})@", re.IGNORECASE)
MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,490})>")
QUOTE_STARTS: Final = re.compile(
    r"^\s*(>|-{2,}\s*(original message|mensaje original|forwarded)|(on|el|le|am)\s.{4,120}\s(wrote|escribió|écrit|schrieb)\s*:?\s*$)",
    re.IGNORECASE,
)
UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")
LONGEST_BODY: Final = 100_000
MOST_PARTS: Final = 50


@dataclass(frozen=True, slots=True)
class MailFile:
    """An attachment: what it is called, its kind and size. Its bytes stay with the gateway."""

    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class MailSeen:
    """A mail, read."""

    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    from_name: str
    from_address: str | None
    recipients: tuple[str, ...]
    copies: tuple[tuple[str, str], ...]
    subject: str
    sent_at: datetime | None
    text: str
    html: str | None
    tokens: tuple[str, ...]
    is_automatic: bool
    files: tuple[MailFile, ...] = field(default_factory=tuple)


def read(raw: bytes) -> MailSeen | None:
    """Read a mail; None when it is none (no header at all)."""
    said = BytesParser(policy=mail_policy.compat32.clone(max_line_length=None)).parsebytes(raw)
    if not said.keys():
        return None
    modern = BytesParser(_class=EmailMessage, policy=mail_policy.default).parsebytes(raw)
    header = _Headers(modern)
    subject = _line(header.text("Subject"))
    senders = header.addresses("From")
    recipients = [address for name in ("To", "Delivered-To", "X-Original-To") for _, address in header.addresses(name)]
    text, html, files = _content(modern)
    tokens = [*TOKEN.findall(subject), *(found.lower() for each in recipients for found in PLUS_TOKEN.findall(each))]
    return MailSeen(
        message_id=_first(MESSAGE_ID.findall(header.text("Message-ID"))),
        in_reply_to=_first(MESSAGE_ID.findall(header.text("In-Reply-To"))),
        references=tuple(MESSAGE_ID.findall(header.text("References"))[-50:]),
        from_name=senders[0][0] if senders else "",
        from_address=senders[0][1] if senders else None,
        recipients=tuple(recipients),
        copies=tuple((name, address) for name, address in header.addresses("Cc")),
        subject=subject,
        sent_at=_instant(header.text("Date")),
        text=text[:LONGEST_BODY],
        html=html[:LONGEST_BODY] if html else None,
        tokens=tuple(dict.fromkeys(tokens)),
        is_automatic=_is_automatic(header),
        files=files,
    )


@dataclass(frozen=True, slots=True)
class _Headers:
    said: EmailMessage

    def text(self, name: str) -> str:
        """All values of a header as text; a header that cannot be read says nothing."""
        with suppress(Exception):
            return " ".join(str(value) for value in self.said.get_all(name, []))[:20_000]
        return ""

    def addresses(self, name: str) -> list[tuple[str, str]]:
        found = getaddresses([self.text(name)])[:MOST_PARTS]
        return [(_line(who)[:255], where.lower()) for who, where in found if _is_address(where)]


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    fits = bool(local and at and domain) and len(text) <= 254
    return fits and not any(letter.isspace() or letter in '<>"' for letter in text)


def _is_automatic(header: _Headers) -> bool:
    """Vacation notes, bounces and lists are no words of a customer (RFC 3834)."""
    said = header.text("Auto-Submitted").strip().lower()
    bulk = header.text("Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}
    return (
        said not in {"", "no"} or bulk or bool(header.text("X-Autoreply")) or header.text("Return-Path").strip() == "<>"
    )


def _content(said: EmailMessage) -> tuple[str, str | None, tuple[MailFile, ...]]:
    text = html = None
    files: list[MailFile] = []
    for part in list(said.walk())[:MOST_PARTS]:
        if part.is_multipart():
            continue
        kind, name = part.get_content_type(), _name(part)
        if name is not None or part.get_content_disposition() == "attachment":
            files.append(MailFile(name or "attachment", kind, len(_bytes(part))))
        elif kind == "text/plain" and text is None:
            text = _words(part)
        elif kind == "text/html" and html is None:
            html = _words(part)
    if text is None:
        text = plain_text(html) if html else ""
    return text.strip(), html, tuple(files)


def _name(part: EmailMessage) -> str | None:
    with suppress(Exception):
        name = part.get_filename()
        return _line(name)[:255] if name else None
    return None


def _bytes(part: EmailMessage) -> bytes:
    with suppress(Exception):
        found = part.get_payload(decode=True)
        return found if isinstance(found, bytes) else b""
    return b""


def _words(part: EmailMessage) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        text = _bytes(part).decode(charset, "replace")
    except LookupError:
        text = _bytes(part).decode("utf-8", "replace")
    return text.replace("\x00", "").replace("\r\n", "\n")


def _line(text: str) -> str:
    """One line without control characters and bidi overrides; also without halves of characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(UNFIT.sub(" ", whole).split())


def _instant(text: str) -> datetime | None:
    with suppress(ValueError, TypeError, OverflowError):
        found = parsedate_to_datetime(text.strip())
        at = found if found.tzinfo else found.replace(tzinfo=UTC)
        return at.astimezone(UTC) if 1970 < at.year < 9999 else None
    return None


def _first(found: Iterable[str]) -> str | None:
    return next(iter(found), None)


def without_quotes(text: str) -> str:
    """What was newly written: everything above the first line that begins a quotation."""
    kept = []
    for line in text.splitlines():
        if QUOTE_STARTS.match(line):
            break
        kept.append(line)
    return "\n".join(kept).strip() or text.strip()


def bare_subject(subject: str) -> str:
    """Without `Re:`, `Fwd:`, `RV:` and our own token."""
    text = TOKEN.sub("", subject).strip()
    while (cut := re.match(r"(re|fw|fwd|rv|aw|sv)\s*:\s*", text, re.IGNORECASE)) is not None:
        text = text[cut.end() :]
    return text.strip()
