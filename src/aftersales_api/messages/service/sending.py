"""Handing a message over: the try is written down and the words frozen (transaction), called (none open), recorded (transaction).

A try that was begun and never ended means a crash in between. What a customer must not miss is then sent again under
the same name (at least once); anything else is not (at most once) and stays `delivery_unknown`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.jobs import InOne, Outside, advisory_lock
from aftersales_api.infra.ports import Ports
from aftersales_api.infra.sealing import place, unseal
from aftersales_api.infra.settings import settings
from aftersales_api.kit.ids import new_id
from aftersales_api.messages import senders
from aftersales_api.messages.events import MessageBounced, MessageDelivered, MessageFailed, MessageSent, MessageUnknown
from aftersales_api.messages.models import MessageAttemptRow, MessageRow
from aftersales_api.messages.policy import delivery
from aftersales_api.messages.policy.contact import consent_rule
from aftersales_api.messages.policy.delivery import Outcome
from aftersales_api.messages.policy.outgoing import Gateway, Outgoing, unsubscribe_headers
from aftersales_api.messages.queries import people, said, written
from aftersales_api.messages.service import consents, policies
from aftersales_api.messages.service.addresses import address_hash
from aftersales_api.messages.service.deciding import SEND, Candidacy, consider, expires_at
from aftersales_api.messages.service.telling import tell
from aftersales_api.messages.service.unsubscribing import Wish, unsubscribe_url
from aftersales_api.messages.service.wording import NotFilledIn, freeze
from aftersales_api.messages.states import (
    MESSAGE,
    WAITING,
    AttemptOutcome,
    Channel,
    Klass,
    MessageStatus,
    SuppressionReason,
)
from aftersales_api.shops.models import ShopRow
from aftersales_api.shops.queries import the_shop

_READY: Final = frozenset({MessageStatus.QUEUED, MessageStatus.SENDING})


async def prepare(tx: Session, message_id: UUID, now: datetime, _: Mapping[str, Any]) -> Outgoing | None:
    """What to hand over; None when it is no longer wanted, cannot be filled in, or may not be repeated."""
    message = await said.message_for_update(tx, message_id)
    if message is None or message.status not in _READY:
        return None
    if message.status == MessageStatus.SENDING and not await _may_repeat(tx, message, now):
        return None
    shop = await the_shop(tx)
    customer = await people.customer(tx, message.customer_id) if message.customer_id else None
    stop_url = await _stop_url(tx, message)
    try:
        await freeze(tx, message, shop, customer, stop_url)
    except NotFilledIn as reason:
        await _give_up(tx, message, str(reason), now)
        return None
    message.status = MESSAGE.move(MessageStatus(message.status), "begin").value
    message.attempts += 1
    tx.add(
        MessageAttemptRow(
            id=new_id(),
            message_id=message.id,
            number=message.attempts,
            started_at=now,
            outcome=AttemptOutcome.STARTED.value,
        )
    )
    await tx.flush()
    return await _outgoing(tx, message, shop, stop_url, now)


async def call(outgoing: Outgoing, ports: Ports) -> tuple[str, Outcome]:
    """Hand it to the sender that the operator and the shop chose."""
    sender = _sender_for(outgoing, ports)
    return sender, await senders.hand_over(replace(outgoing, sender=ports.settings.mail_from), sender, ports)


def _word(verdict: tuple[str, Outcome]) -> str:
    return f"{verdict[0]}:{verdict[1].outcome.value}"


async def settle(tx: Session, outgoing: Outgoing, verdict: tuple[str, Outcome], now: datetime) -> None:
    """Record how it ended: sent, tried again later, refused for good, or unknown."""
    sender, outcome = verdict
    message = await said.message_for_update(tx, outgoing.message_id)
    if message is None:
        return
    await said.end_attempt(tx, message.id, outgoing.attempt, now, outcome.outcome, outcome.code, outcome.detail, sender)
    if message.status != MessageStatus.SENDING or message.attempts != outgoing.attempt:
        return
    message.sender, message.mail_id = sender, outgoing.mail_id
    if outcome.outcome is AttemptOutcome.SENT:
        await _sent(tx, message, outcome, now)
    elif outcome.outcome is AttemptOutcome.NEVER:
        await _never(tx, message, outcome, now)
    elif outcome.outcome is AttemptOutcome.UNKNOWN and not delivery.is_repeatable(Klass(message.klass)):
        await _lose_track(tx, message, outcome.code, now)
    else:
        await _try_later(tx, message, outcome, now)


async def wake(tx: Session, message_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """A message's instant came: a waiting one is decided anew with all others of the customer, a failed try is repeated."""
    found = await said.message_or_none(tx, message_id)
    if found is None:
        return
    customer = await people.customer(tx, found.customer_id) if found.customer_id else None
    if customer is not None:
        await advisory_lock(tx, "contact", customer.id)
    message = await said.message_for_update(tx, message_id)
    if message is None or message.due_at is None or message.due_at > now:
        return
    if message.status in WAITING and customer is not None:
        await consider(tx, [Candidacy(customer)], now)
        return
    message.due_at, message.queued_at = None, None
    await tx.flush()
    if message.status == MessageStatus.QUEUED:
        await jobs.enqueue(tx, SEND, message.id, key=f"{SEND}:{message.id}")


async def _may_repeat(tx: Session, message: MessageRow, now: datetime) -> bool:
    await said.end_attempt(tx, message.id, message.attempts, now, AttemptOutcome.UNKNOWN, "interrupted", "", None)
    if delivery.is_repeatable(Klass(message.klass)):
        return True
    await _lose_track(tx, message, "interrupted", now)
    return False


async def _sent(tx: Session, message: MessageRow, outcome: Outcome, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "hand_over").value
    message.sent_at, message.context = now, None
    message.provider_message_id = (outcome.provider_message_id or message.mail_id or "")[:255] or None
    await tx.flush()
    await tell(tx, MessageSent, message, now)
    if outcome.arrived:
        await _confirm(tx, message, now)


async def _confirm(tx: Session, message: MessageRow, now: datetime) -> None:
    """The sender itself is the recipient's mailbox: it has arrived."""
    message.status = MESSAGE.move(MessageStatus(message.status), "confirm").value
    message.delivered_at = now
    await tx.flush()
    await tell(tx, MessageDelivered, message, now)


async def _never(tx: Session, message: MessageRow, outcome: Outcome, now: datetime) -> None:
    if not outcome.bounced:
        await _give_up(tx, message, outcome.code, now)
        return
    await bounce(tx, message, now, hard=outcome.hard, reason=outcome.code)


async def bounce(
    tx: Session, message: MessageRow, now: datetime, *, hard: bool, reason: str, occurred_at: datetime | None = None
) -> None:
    """The message came back; a dead address withdraws the channel."""
    message.status = MESSAGE.move(MessageStatus(message.status), "refuse").value
    message.bounced_at, message.hard_bounce, message.reason = occurred_at or now, hard, reason[:60]
    message.context, message.ended_at = None, now
    await tx.flush()
    if hard:
        await consents.withdraw_channel(tx, message, SuppressionReason.HARD_BOUNCE, now)
    await tell(tx, MessageBounced, message, now, hard=hard, occurred_at=occurred_at)


async def _try_later(tx: Session, message: MessageRow, outcome: Outcome, now: datetime) -> None:
    at = delivery.next_try(message.attempts, now, await expires_at(tx, message), outcome.retry_after)
    if at is None:
        await _give_up(tx, message, "attempts_exhausted", now)
        return
    message.status = MESSAGE.move(MessageStatus(message.status), "try_later").value
    message.due_at, message.queued_at, message.reason = at, None, outcome.code[:60] or None
    await tx.flush()


async def _give_up(tx: Session, message: MessageRow, reason: str, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "give_up").value
    message.reason, message.ended_at, message.due_at = reason[:60], now, None
    await tx.flush()
    await tell(tx, MessageFailed, message, now)


async def _lose_track(tx: Session, message: MessageRow, reason: str, now: datetime) -> None:
    message.status = MESSAGE.move(MessageStatus(message.status), "lose_track").value
    message.reason, message.ended_at, message.context = reason[:60], now, None
    await tx.flush()
    await tell(tx, MessageUnknown, message, now)


async def _stop_url(tx: Session, message: MessageRow) -> str:
    """The link with which the recipient stops this purpose; transactional mail and mail to the team have none."""
    channel = Channel(message.channel)
    digest = address_hash(message.to_address or "", channel)
    if message.klass == Klass.TRANSACTIONAL or message.customer_id is None or digest is None:
        return ""
    purpose = consent_rule(await policies.current(tx), Klass(message.klass)).purpose
    return unsubscribe_url(Wish(current_shop(), message.customer_id, channel, purpose, digest))


async def _outgoing(tx: Session, message: MessageRow, shop: ShopRow, stop_url: str, now: datetime) -> Outgoing:
    key = delivery.stable_key(current_shop(), message.dedupe_key)
    mailbox = shop.support_email or settings().mail_from
    return Outgoing(
        message_id=message.id,
        shop_id=current_shop(),
        attempt=message.attempts,
        klass=Klass(message.klass),
        channel=Channel(message.channel),
        to=message.to_address or "",
        to_name=message.to_name or "",
        sender=settings().mail_from,
        sender_name=shop.name,
        reply_to=shop.support_email,
        subject=message.subject or "",
        text=message.text or "",
        html=message.html,
        key=key,
        mail_id=delivery.message_id(key, settings().mail_from),
        at=now,
        locale=message.locale or shop.default_locale,
        headers=unsubscribe_headers(stop_url, mailbox) if stop_url and message.channel == Channel.EMAIL else {},
        gateway=await _gateway(tx, message.channel),
        template_key=message.template_key,
    )


async def _gateway(tx: Session, channel: str) -> Gateway | None:
    row = await written.gateway(tx, channel) if channel != Channel.EMAIL else None
    if row is None:
        return None
    secret = unseal(row.secret_sealed, place("message_gateways", "secret_sealed", row.id)).decode()
    return Gateway(row.url, secret, row.sender)


def _sender_for(outgoing: Outgoing, ports: Ports) -> str:
    """Mail as the operator chose; other channels through the shop's gateway, or into the mailbox where that is on."""
    if outgoing.channel is Channel.EMAIL:
        return ports.settings.mail_sender
    if outgoing.gateway is None and ports.settings.mail_sender == "mailbox":
        return "mailbox"
    if outgoing.gateway is None and outgoing.channel is Channel.IN_APP:
        return "in_app"
    return "http_gateway"


SENDING: Final = Outside(prepare, call, settle, word=_word)
WAKING: Final = InOne(wake)
