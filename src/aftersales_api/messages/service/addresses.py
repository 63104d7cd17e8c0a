"""Where a message goes, and the keyed hash under which an address is remembered when nothing else is."""

from aftersales_api.customers.models import CustomerRow
from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.kit.ids import show
from aftersales_api.messages.states import Channel

PHONES = frozenset({Channel.SMS, Channel.WHATSAPP})


def address_of(customer: CustomerRow, channel: Channel) -> str | None:
    """The customer's address on a channel; None when there is none."""
    if channel is Channel.EMAIL:
        return customer.email if email_key(customer.email) else None
    if channel in PHONES:
        return customer.phone if normal(customer.phone or "", channel) else None
    return show("cus", customer.id)


def normal(address: str, channel: Channel) -> str | None:
    """An address as it is compared: mail without regard to capitals, telephones by their digits."""
    if channel is Channel.EMAIL:
        return email_key(address)
    if channel in PHONES:
        digits = "".join(sign for sign in address if sign.isascii() and sign.isdigit())
        return digits.removeprefix("00") if len(digits) >= 3 else None
    return address or None


def address_hash(address: str, channel: Channel) -> bytes | None:
    """What the suppression list keeps of an address."""
    text = normal(address, channel)
    return None if text is None else keyed_hash(f"suppression:{channel}", text)


def name_of(customer: CustomerRow) -> str:
    return " ".join(part for part in (customer.first_name, customer.last_name) if part)
