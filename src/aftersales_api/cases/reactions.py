"""What cases do when something happened elsewhere."""

from datetime import datetime
from uuid import UUID

from aftersales_api.cases.policy.words import CaseType, Channel, Priority
from aftersales_api.cases.service.opening import CaseOpening, open_case
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """A low score opens a case."""
    if event.type in ("survey.answered", "survey.answer_changed") and event.data.get("is_low"):
        await on_low_score(tx, event, now)


async def on_low_score(tx: Session, event: EventRow, now: datetime) -> None:
    """An unhappy answer opens a case once per invitation, or joins the open case of the same order."""
    said = event.data
    await open_case(
        tx,
        CaseOpening(
            subject=f"Low score: {said.get('measure') or said.get('kind')} {said.get('score')}",
            description=f"The customer gave {said.get('score')} in the survey '{said.get('survey_key')}'.",
            customer_id=event.customer_id,
            order_id=event.order_id,
            survey_response_id=_id("rsp", said.get("response_id")),
            type=CaseType.COMPLAINT,
            priority=Priority.HIGH,
            channel_origin=Channel.SURVEY,
            dedupe_key=f"invitation:{said['invitation_id']}",
            language=said.get("locale"),
            occurred_at=event.occurred_at,
            is_test=event.is_test,
        ),
        now,
        "system",
    )


def _id(prefix: str, text: str | None) -> UUID | None:
    return parse(prefix, text) if text else None
