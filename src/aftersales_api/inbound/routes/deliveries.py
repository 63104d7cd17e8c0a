"""Kept deliveries over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales_api.inbound import queries
from aftersales_api.inbound.models import InboundDeliveryRow
from aftersales_api.inbound.queries import Choice
from aftersales_api.inbound.schemas import (
    ConnectionId,
    DeliveryId,
    InboundDelivery,
    InboundDeliveryDetail,
    InboundDeliveryPage,
    ReplayFailed,
    ReplayStarted,
    Topic,
)
from aftersales_api.inbound.service import deliveries as service
from aftersales_api.inbound.states import InboxStatus, next_verbs
from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Instant
from aftersales_api.web import Now, PageQuery, Router, Tx, created

router = Router("inbound")
OWN = frozenset(InboundDelivery.model_fields) - {"next"}


def shown(row: InboundDeliveryRow) -> InboundDelivery:
    members = {name: getattr(row, name) for name in OWN}
    return InboundDelivery(**members, next=next_verbs(InboxStatus(row.status)))


@router.get("/v1/inbound-deliveries", scope="inbound:read")
async def list_inbound_deliveries(
    tx: Tx,
    page: PageQuery,
    status: Annotated[list[InboxStatus], Query(max_length=6)] = [],
    source: Annotated[list[Annotated[str, Query(max_length=40)]], Query(max_length=50)] = [],
    connection_id: Annotated[list[ConnectionId], Query(max_length=50)] = [],
    topic: Annotated[list[Topic], Query(max_length=50)] = [],
    received_from: Instant | None = None,
    received_to: Instant | None = None,
    is_test: bool | None = None,
) -> InboundDeliveryPage:
    """Deliveries kept, newest first. `received_from` is included, `received_to` is not."""
    choice = Choice(status, source, connection_id, topic, received_from, received_to, is_test)
    columns = InboundDeliveryRow.received_at, InboundDeliveryRow.id
    rows, end = await page.run(tx, queries.deliveries(choice), *columns)
    return InboundDeliveryPage(items=[shown(row) for row in rows], **end)


@router.post("/v1/inbound-deliveries/replay-failed", scope="inbound:write", status_code=202)
async def replay_failed_deliveries(tx: Tx, now: Now, body: ReplayFailed | None = None) -> ReplayStarted:
    """Read all failed deliveries of a choice again, in the background: list those with status `received` to follow it."""
    wish = body or ReplayFailed()
    choice = Choice(
        statuses=[InboxStatus.FAILED],
        sources=[wish.source] if wish.source else [],
        connection_ids=[wish.connection_id] if wish.connection_id else [],
        topics=[wish.topic] if wish.topic else [],
        received_from=wish.received_from,
        received_to=wish.received_to,
    )
    return ReplayStarted(count=await service.replay_failed(tx, choice, now))


@router.get("/v1/inbound-deliveries/{delivery_id}", scope="inbound:read")
async def get_inbound_delivery(delivery_id: DeliveryId, tx: Tx) -> InboundDeliveryDetail:
    """One delivery with its raw content, what it says, and the events that followed."""
    row = await db.get(tx, InboundDeliveryRow, delivery_id)
    settings = await queries.settings_of(tx, row.connection_id)
    body, encoding = service.content(row)
    return InboundDeliveryDetail(
        **shown(row).model_dump(),
        headers=row.headers,
        body=body,
        body_encoding=encoding,
        facts=service.facts_shown(row, settings),
        event_ids=[UUID(each) for each in row.event_ids],
    )


@router.post("/v1/inbound-deliveries/{delivery_id}/replay", scope="inbound:write", status_code=202)
async def replay_inbound_delivery(delivery_id: DeliveryId, tx: Tx, response: Response) -> InboundDelivery:
    """Read one delivery again, in the background: after a fix, or after a change of the connection's settings."""
    created(response, f"/v1/inbound-deliveries/{show('inb', delivery_id)}")
    return shown(await service.replay(tx, delivery_id))
