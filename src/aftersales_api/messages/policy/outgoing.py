"""One message as it leaves us, frozen: what every sender is given, and the mail made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from aftersales_api.kit.ids import show
from aftersales_api.messages.policy.rendering import clean_header
from aftersales_api.messages.states import Channel, Klass

_MAIL = SMTP.clone(max_line_length=200)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A provider's HTTP address for one channel of one shop."""

    url: str
    secret: str
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is handed to a sender. `key` is the same for every try: Idempotency-Key and, in mails, the Message-ID."""

    message_id: UUID
    shop_id: UUID
    attempt: int
    klass: Klass
    channel: Channel
    to: str
    to_name: str
    sender: str
    sender_name: str
    reply_to: str | None
    subject: str
    text: str
    html: str | None
    key: str
    mail_id: str
    at: datetime
    locale: str
    headers: dict[str, str] = field(default_factory=dict)
    gateway: Gateway | None = None
    template_key: str | None = None

    @property
    def shown_id(self) -> str:
        return show("msg", self.message_id)


def mail_of(outgoing: Outgoing) -> EmailMessage:
    """multipart/alternative in UTF-8 (RFC 2046): plain text first, HTML after it."""
    mail = EmailMessage(policy=_MAIL)
    mail["Message-ID"] = outgoing.mail_id
    mail["Date"] = outgoing.at
    mail["From"] = _address(outgoing.sender_name, outgoing.sender)
    mail["To"] = _address(outgoing.to_name, outgoing.to)
    if outgoing.reply_to:
        mail["Reply-To"] = _address("", outgoing.reply_to)
    mail["Subject"] = clean_header(outgoing.subject)
    for name, value in outgoing.headers.items():
        mail[name] = value
    mail.set_content(outgoing.text, charset="utf-8", cte="quoted-printable")
    if outgoing.html is not None:
        mail.add_alternative(outgoing.html, subtype="html", charset="utf-8", cte="quoted-printable")
    mail["Content-Language"] = outgoing.locale
    return mail


def unsubscribe_headers(url: str, mailbox: str | None) -> dict[str, str]:
    """One click without a page (RFC 8058, sections 3.1 and 3.2); the operator's server signs both headers (DKIM)."""
    ways = f"<{url}>, <mailto:{mailbox}?subject=unsubscribe>" if mailbox else f"<{url}>"
    return {"List-Unsubscribe": ways, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _address(name: str, address: str) -> Address:
    """Names lose what could end a header; the domain goes out in ASCII (RFC 5890)."""
    user, _, domain = clean_header(address).rpartition("@")
    return Address(clean_header(name)[:100], user, _ascii(domain))


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
