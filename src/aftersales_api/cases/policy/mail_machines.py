"""Mails that no person wrote: vacation notes, lists, reports of delivery (RFC 3834, RFC 3464), and our own mails coming back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from enum import StrEnum
from typing import Final

from aftersales_api.cases.policy.mail_parser import LONGEST_HEAD

Header = Callable[[str], str]
DAEMON: Final = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mailerdaemon)@", re.IGNORECASE)
MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,490})>")
BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
AUTO_SUBJECT: Final = re.compile(
    r"^\s*(automatic reply|auto(matic)?[ -]?reply|out of (the )?office|respuesta autom[aá]tica|fuera de (la )?oficina|"
    r"ausencia autom[aá]tica|autorespuesta)\b",
    re.IGNORECASE,
)


class Machine(StrEnum):
    """What kind of machine wrote a mail."""

    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LIST = "list"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Report:
    """A report that a mail was not delivered: the ids of the mail, for whom, and the status (RFC 3463) if it said one."""

    message_ids: tuple[str, ...]
    recipient: str | None
    status: str | None
    is_final: bool


def machine_of(header: Header, sender: str | None, subject: str, *, is_report: bool) -> Machine | None:
    """Which machine wrote this; None for a person."""
    if is_report or header("Return-Path").strip() == "<>" or (sender is not None and DAEMON.match(sender)):
        return Machine.BOUNCE
    if header("List-Id").strip() or header("Precedence").strip().lower() in BULK - {"auto_reply"}:
        return Machine.LIST
    answered = header("Auto-Submitted").split(";")[0].strip().lower() not in {"", "no"}
    marks = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
    if answered or any(header(name).strip() for name in marks) or header("Precedence").strip().lower() == "auto_reply":
        return Machine.AUTO_REPLY
    return Machine.AUTO_REPLY if AUTO_SUBJECT.match(subject) else None


def report_of(said: EmailMessage) -> Report | None:
    """What a report of delivery says; None for any other mail. Its first failed recipient counts."""
    if said.get_content_type() != "multipart/report":
        return None
    ids: list[str] = []
    recipient = status = action = None
    for part in said.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.iter_parts() if part.is_multipart() else ():
                action = action or _field(block, "Action")
                status = status or _field(block, "Status")
                recipient = recipient or _field(block, "Final-Recipient") or _field(block, "Original-Recipient")
        elif kind == "message/rfc822" and part.is_multipart():
            ids += MESSAGE_ID.findall(str(next(part.iter_parts()).get("Message-ID", "")))
        elif kind == "text/rfc822-headers":
            ids += _ids_in(part)
    address = recipient.rpartition(";")[2].strip().lower() if recipient else None
    is_final = (action or "").lower() == "failed" or (action is None and (status or "5").startswith("5"))
    return Report(tuple(dict.fromkeys(ids)), address, status, is_final)


def _field(block: MIMEPart, name: str) -> str | None:
    found = block.get(name)
    return str(found).strip()[:255] if found is not None else None


def _ids_in(part: EmailMessage) -> list[str]:
    raw = part.get_payload(decode=True)
    text = raw[:LONGEST_HEAD].decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    line = re.search(r"^message-id:\s*(.+)$", text, re.IGNORECASE | re.MULTILINE)
    return MESSAGE_ID.findall(line.group(1)) if line else []
