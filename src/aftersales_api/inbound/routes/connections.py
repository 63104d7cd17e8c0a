"""Connections over HTTP."""

from typing import Annotated

from fastapi import Query, Request, Response

from aftersales_api.inbound import queries
from aftersales_api.inbound.models import ConnectionRow
from aftersales_api.inbound.schemas import (
    Connection,
    ConnectionCreate,
    ConnectionId,
    ConnectionPage,
    ConnectionUpdate,
    ConnectionWithSecret,
    SecretRotate,
    Source,
)
from aftersales_api.inbound.service import connections as service
from aftersales_api.kit.ids import show
from aftersales_api.web import Now, PageQuery, Router, Tx, created

router = Router("connections")
Sources = Annotated[list[Source], Query(default_factory=list, max_length=20, alias="source")]


def shown(row: ConnectionRow, request: Request) -> Connection:
    base = request.app.state.settings.base_url.rstrip("/")
    return Connection.model_validate(
        {
            **{name: getattr(row, name) for name in Connection.model_fields if name != "url"},
            "url": f"{base}{address(row)}",
        }
    )


def address(row: ConnectionRow) -> str:
    return f"/v1/inbound/{show('con', row.id)}"


@router.post("/v1/connections", scope="connections:write", status_code=201)
async def create_connection(
    body: ConnectionCreate, tx: Tx, now: Now, request: Request, response: Response
) -> ConnectionWithSecret:
    """A new way in for a sender. A secret we made is shown this once."""
    row, secret = await service.create(tx, body, now)
    created(response, f"/v1/connections/{show('con', row.id)}")
    return ConnectionWithSecret(**shown(row, request).model_dump(), secret=secret)


@router.get("/v1/connections", scope="connections:read")
async def list_connections(tx: Tx, page: PageQuery, request: Request, sources: Sources) -> ConnectionPage:
    """The shop's connections, newest first."""
    rows, end = await page.run(tx, queries.connections(sources), ConnectionRow)
    return ConnectionPage(items=[shown(row, request) for row in rows], **end)


@router.get("/v1/connections/{connection_id}", scope="connections:read")
async def get_connection(connection_id: ConnectionId, tx: Tx, request: Request) -> Connection:
    """One connection, without its secrets' text."""
    return shown(await queries.connection(tx, connection_id), request)


@router.patch("/v1/connections/{connection_id}", scope="connections:write")
async def update_connection(
    connection_id: ConnectionId, body: ConnectionUpdate, tx: Tx, now: Now, request: Request
) -> Connection:
    """Rename it, switch it on or off, or agree on other settings; it counts from the next delivery on."""
    return shown(await service.change(tx, connection_id, body, now), request)


@router.delete("/v1/connections/{connection_id}", scope="connections:write")
async def delete_connection(connection_id: ConnectionId, tx: Tx, now: Now) -> None:
    """Close the way in for good; its deliveries stay readable."""
    await service.remove(tx, connection_id, now)


@router.post("/v1/connections/{connection_id}/rotate-secret", scope="connections:write")
async def rotate_connection_secret(
    connection_id: ConnectionId, tx: Tx, now: Now, request: Request, body: SecretRotate | None = None
) -> ConnectionWithSecret:
    """A new secret counts at once; the earlier ones count on for the overlap."""
    row, secret = await service.rotate_secret(tx, connection_id, body or SecretRotate(), now)
    return ConnectionWithSecret(**shown(row, request).model_dump(), secret=secret)
