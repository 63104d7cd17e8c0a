"""The way of an invitation: sent, delivered, opened, withdrawn, expired. Every step can be told twice and late."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import Event
from aftersales_api.kit.durations import Duration, after
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.shops.queries import the_shop
from aftersales_api.surveys.events import SurveyRevoked, SurveySent
from aftersales_api.surveys.models import InvitationRow, SurveyRow
from aftersales_api.surveys.queries import asking, said
from aftersales_api.surveys.states import INVITATION, LIVE, InvitationStatus

I = InvitationStatus  # noqa: E741 - read as a word of the table
ORDER_CANCELLED, CUSTOMER_REDACTED = "order_cancelled", "customer_redacted"


async def attach_message(tx: Session, invitation_id: UUID, message_id: UUID) -> None:
    """Remember which message carries the invitation, so that its receipts find it."""
    await asking.add_message(tx, invitation_id, message_id)


async def mark_sent(tx: Session, invitation_id: UUID, now: datetime) -> InvitationRow:
    """The message was handed over. The time to answer starts now; a reminder counts as one more send."""
    row = await db.lock(tx, InvitationRow, invitation_id)
    row.sends += 1
    if I(row.status) is I.REVOKED and row.sent_at is None and row.revoke_reason == ORDER_CANCELLED:
        row.sent_at, row.sent_before_cancel_at = now, row.revoked_at
    await imply_sent(tx, row, now)
    await tx.flush()
    return row


async def imply_sent(tx: Session, row: InvitationRow, now: datetime) -> None:
    """Whoever received or answered it was sent it, even if nobody has told us yet."""
    if I(row.status) is not I.SCHEDULED:
        return
    survey = await db.get(tx, SurveyRow, row.survey_id)
    row.status, row.sent_at = INVITATION.move(I.SCHEDULED, "send").value, now
    row.expires_at = row.due_at = after(now, Duration.parse(survey.answer_window), (await the_shop(tx)).timezone)
    row.queued_at = None
    await _tell(tx, row, SurveySent(**_facts(row, survey), channel=row.channel), now)


async def mark_delivered(tx: Session, invitation_id: UUID, now: datetime) -> InvitationRow:
    """A delivery receipt came; one that overtakes the sending implies it, one that comes after the answer is only noted."""
    row = await db.lock(tx, InvitationRow, invitation_id)
    await imply_sent(tx, row, now)
    if I(row.status) is I.SENT:
        row.status = INVITATION.move(I.SENT, "deliver").value
    if row.sent_at is not None and row.delivered_at is None:
        row.delivered_at = now
    await tx.flush()
    return row


async def mark_opened(tx: Session, invitation_id: UUID, now: datetime) -> InvitationRow:
    """The page itself reported that a person opened it (a POST); a bare GET never does."""
    row = await db.lock(tx, InvitationRow, invitation_id)
    await imply_sent(tx, row, now)
    if "open" in INVITATION.next(I(row.status)):
        row.status, row.opened_at = INVITATION.move(I(row.status), "open").value, now
    await tx.flush()
    return row


async def suppress(tx: Session, invitation_id: UUID, reason: str, now: datetime) -> InvitationRow:
    """The contact policy dropped the message before it was sent; the reason is kept with the invitation."""
    row = await db.lock(tx, InvitationRow, invitation_id)
    if I(row.status) is I.SCHEDULED:
        row.status = INVITATION.move(I.SCHEDULED, "suppress").value
        row.suppress_reason, row.suppressed_at, row.due_at = reason, now, None
    await tx.flush()
    return row


async def revoke(tx: Session, invitation_id: UUID, reason: str, now: datetime) -> InvitationRow:
    """Withdraw the link: from now on it answers 410. Refused (409) when it was answered or has ended already."""
    row = await db.lock(tx, InvitationRow, invitation_id)
    await _revoke(tx, row, reason, now)
    return row


async def revoke_for_order(tx: Session, order_id: UUID, cancelled_at: datetime, now: datetime) -> list[UUID]:
    """The order is off: what was not sent is withdrawn, what was sent is marked and left out of the scores.

    A link sent although the order had been cancelled (we learned of it too late) still takes an answer: the customer
    holds the mail in his hands. A link sent before the cancellation ends with it.
    """
    revoked = []
    for row in await asking.invitations_of_order_for_update(tx, order_id):
        if row.sent_at is not None and row.sent_before_cancel_at is None:
            row.sent_before_cancel_at = now
            await said.mark_sent_before_cancel(tx, row.id)
        learned_too_late = row.sent_at is not None and cancelled_at < row.sent_at
        if I(row.status) in LIVE and not learned_too_late:
            await _revoke(tx, row, ORDER_CANCELLED, now)
            revoked.append(row.id)
    await tx.flush()
    return revoked


async def revoke_for_customer(tx: Session, customer_id: UUID, now: datetime) -> None:
    """A customer who asked to be forgotten is not asked any more, and what they answered is no longer changed."""
    await said.close_answers_of_customer(tx, customer_id, now)
    for row in await asking.live_invitations_of_customer_for_update(tx, customer_id):
        await _revoke(tx, row, CUSTOMER_REDACTED, now)


async def expire(tx: Session, invitation_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """The time to answer is over; asked again here, because it may have been answered or extended meanwhile."""
    row = await db.lock(tx, InvitationRow, invitation_id)
    row.queued_at = None
    if I(row.status) not in LIVE:
        row.due_at = None
    elif now < row.expires_at:
        row.due_at = row.expires_at
    else:
        row.status = INVITATION.move(I(row.status), "expire").value
        row.expired_at, row.due_at = now, None
    await tx.flush()


async def _revoke(tx: Session, row: InvitationRow, reason: str, now: datetime) -> None:
    row.status = INVITATION.move(I(row.status), "revoke").value
    row.revoke_reason, row.revoked_at, row.due_at = reason, now, None
    survey = await db.get(tx, SurveyRow, row.survey_id)
    await _tell(tx, row, SurveyRevoked(**_facts(row, survey), reason=reason), now)
    await tx.flush()


def _facts(row: InvitationRow, survey: SurveyRow) -> dict[str, Any]:
    return {
        "survey_id": show("sur", survey.id),
        "survey_key": survey.key,
        "kind": survey.kind,
        "invitation_id": show("inv", row.id),
        "customer_id": show("cus", row.customer_id),
        "order_id": maybe_show("ord", row.order_id),
    }


async def _tell(tx: Session, row: InvitationRow, event: Event, now: datetime) -> None:
    await event_log.record(
        tx,
        event,
        subject=("survey_invitation", row.id),
        customer_id=row.customer_id,
        order_id=row.order_id,
        occurred_at=now,
        now=now,
    )
