"""A mail as it came (RFC 5322), read without trust: who, what, which thread, and whether a machine wrote it."""

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from aftersales_api.cases.policy.clean_html import plain_text
from aftersales_api.cases.policy.mail_html import cut_html
from aftersales_api.cases.policy.mail_machines import MESSAGE_ID, Machine, Report, machine_of, report_of
from aftersales_api.cases.policy.mail_parser import LONGEST_HEAD, TooManyParts, parsed
from aftersales_api.cases.policy.mail_text import cut_text

TOKEN: Final = re.compile(r"\[#([0-9a-f]{24})\]")
PLUS_TOKEN: Final = re.compile(r"\+([0-9a-f]{24})@", re.IGNORECASE)
UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")
LONGEST_BODY: Final = 100_000
MOST_PARTS: Final = 50
MOST_FIELDS: Final = 10


@dataclass(frozen=True, slots=True)
class MailFile:
    """An attachment: what it is called, its kind, and its bytes."""

    name: str
    media_type: str
    content: bytes


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
    quoted: str | None = None
    machine: Machine | None = None
    report: Report | None = None
    files: tuple[MailFile, ...] = field(default_factory=tuple)


def read(raw: bytes) -> MailSeen | None:
    """Read a mail; None when it is none (no header at all), or has more parts than a mail can have."""
    raw = _with_readable_head(raw)
    try:
        said = parsed(raw)
    except TooManyParts:
        return None
    if not said.keys():
        return None
    header = _Headers(said)
    subject = _line(header.text("Subject"))
    senders = header.addresses("From")
    recipients = [address for name in ("To", "Delivered-To", "X-Original-To") for _, address in header.addresses(name)]
    report = report_of(said)
    words, files = _content(said, takes_mails=report is None)
    tokens = [*TOKEN.findall(subject), *(found.lower() for each in recipients for found in PLUS_TOKEN.findall(each))]
    return MailSeen(
        message_id=_first(MESSAGE_ID.findall(header.text("Message-ID"))) or _made_id(header, raw),
        in_reply_to=_first(MESSAGE_ID.findall(header.text("In-Reply-To"))),
        references=tuple(MESSAGE_ID.findall(header.text("References"))[-50:]),
        from_name=senders[0][0] if senders else "",
        from_address=senders[0][1] if senders else None,
        recipients=tuple(recipients),
        copies=tuple((name, address) for name, address in header.addresses("Cc")),
        subject=subject,
        sent_at=_instant(header.text("Date")),
        text=words.written[:LONGEST_BODY],
        quoted=words.quoted[:LONGEST_BODY] if words.quoted else None,
        html=words.html[:LONGEST_BODY] if words.html else None,
        tokens=tuple(dict.fromkeys(tokens)),
        machine=machine_of(header.text, senders[0][1] if senders else None, subject, is_report=report is not None),
        report=report,
        files=files,
    )


def _with_readable_head(raw: bytes) -> bytes:
    """Headers that old programs wrote in Latin-1 without saying so, in UTF-8."""
    head, blank, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")
    if len(head) > LONGEST_HEAD:
        head = head[:LONGEST_HEAD].rpartition(b"\n")[0]
    return _decoded(head, None).encode() + blank + body


def _made_id(header: "_Headers", raw: bytes) -> str:
    """For a mail without an id of its own: the same mail, brought again by another way, has the same."""
    body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")[2]
    names = [header.text(name).encode("utf-8", "replace") for name in ("From", "Date", "Subject")]
    known = b"\0".join([*names, body]) if names[1].strip() else raw
    return f"{hashlib.sha256(known).hexdigest()[:40]}@without-message-id"


@dataclass(frozen=True, slots=True)
class _Headers:
    said: EmailMessage

    def text(self, name: str) -> str:
        """All values of a header as text; a header that cannot be read says nothing."""
        with suppress(Exception):
            values = [value for known, value in self.said.raw_items() if known.lower() == name.lower()]
            return " ".join(str(self.said.policy.header_fetch_parse(name, value)) for value in values[:MOST_FIELDS])
        return ""

    def addresses(self, name: str) -> list[tuple[str, str]]:
        found = getaddresses([self.text(name)])[:MOST_PARTS]
        return [(_line(who)[:255], where.lower()) for who, where in found if _is_address(where)]


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    fits = bool(local and at and domain) and len(text) <= 254
    return fits and not any(letter.isspace() or letter in '<>"' for letter in text)


@dataclass(frozen=True, slots=True)
class _Words:
    written: str
    quoted: str | None
    html: str | None


def _content(said: EmailMessage, *, takes_mails: bool) -> tuple[_Words, tuple[MailFile, ...]]:
    text = html = None
    files: list[MailFile] = []
    for part in _leaves(said):
        kind, name = part.get_content_type(), _name(part)
        if kind.startswith("message/"):
            files += [_mail_inside(part, name)] if takes_mails and kind == "message/rfc822" else []
        elif name is not None or part.get_content_disposition() == "attachment":
            files.append(MailFile(name or "attachment", kind, _bytes(part)))
        elif kind == "text/plain" and text is None:
            text = _words(part)
        elif kind == "text/html" and html is None:
            html = _words(part)
        elif kind.startswith("image/"):
            files.append(MailFile(f"image.{part.get_content_subtype()}"[:255], kind, _bytes(part)))
    return _written(text, html), tuple(files)


def _leaves(said: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something; a mail inside the mail is one of them, whatever it holds itself."""
    waiting, seen = [said], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(0), seen + 1
        inner = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() != "message" and isinstance(inner, list):
            waiting = [*(each for each in inner if isinstance(each, EmailMessage)), *waiting]
        else:
            yield part


def _mail_inside(part: EmailMessage, name: str | None) -> MailFile:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    content, subject = b"", ""
    if isinstance(inner, EmailMessage):
        with suppress(Exception):
            content, subject = inner.as_bytes(), _line(str(inner.get("Subject") or ""))
    return MailFile(name or f"{(subject or 'mail')[:200]}.eml", "message/rfc822", content)


def _written(text: str | None, html: str | None) -> _Words:
    """What was newly written, by the plain text if there is one; the HTML is cut on its own."""
    new_html = cut_html(html) if html else None
    if text is not None and text.strip():
        words = cut_text(text)
        return _Words(words.written, words.cut, new_html if words.cut else html)
    whole = plain_text(html) if html else ""
    words = cut_text(plain_text(new_html) or whole) if new_html else cut_text("")
    is_cut = words.cut is not None or words.written != whole
    return _Words(
        words.written, whole.removeprefix(words.written).strip() if is_cut else None, new_html if is_cut else html
    )


def _name(part: EmailMessage) -> str | None:
    with suppress(Exception):
        name = part.get_filename()
        return _line(re.split(r"[\\/]", name)[-1])[-255:] or "attachment" if name else None
    return None


def _bytes(part: EmailMessage) -> bytes:
    with suppress(Exception):
        found = part.get_payload(decode=True)
        return found if isinstance(found, bytes) else b""
    return b""


def _words(part: EmailMessage) -> str:
    return _decoded(_bytes(part), part.get_content_charset()).replace("\x00", "").replace("\r\n", "\n")


def _decoded(raw: bytes, charset: str | None) -> str:
    """By the charset it names. What names none, one that nobody knows, or ASCII and UTF-8 against the facts, is UTF-8 where
    that fits and else Windows-1252, which is also what is meant by Latin-1 (WHATWG Encoding, 4.2)."""
    try:
        known = codecs.lookup(charset or "utf-8").name
    except LookupError:
        known = "utf-8"
    if known not in ("utf-8", "ascii", "iso8859-1"):
        with suppress(LookupError, UnicodeError):  # a codec may be known and not be one of text
            return raw.decode(known, "replace")
    try:
        return raw.decode("cp1252" if known == "iso8859-1" else "utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


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


def bare_subject(subject: str) -> str:
    """Without `Re:`, `Fwd:`, `RV:` and our own token."""
    text = TOKEN.sub("", subject).strip()
    while (cut := re.match(r"(re|fw|fwd|rv|aw|sv)\s*:\s*", text, re.IGNORECASE)) is not None:
        text = text[cut.end() :]
    return text.strip()
