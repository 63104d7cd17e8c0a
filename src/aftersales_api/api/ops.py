"""For those who operate it: alive, ready, measured."""

import asyncio
import hmac
import ipaddress
from typing import Any

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aftersales_api.api import meters
from aftersales_api.infra import heartbeat, revisions
from aftersales_api.web.caller import Unauthenticated
from aftersales_api.web.replica import Replica

ASKED_WITHIN_S = 2.0
PRIVILEGED = text(
    "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner "
    "WHERE c.relname = 'shops' AND o.rolname = current_user) FROM pg_roles WHERE rolname = current_user"
)


def mount(app: FastAPI) -> None:
    """`/healthz` never touches the database; `/readyz` says which checks fail; `/metrics` is for Prometheus."""

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> JSONResponse:
        failing = await _failing(request.app)
        if not failing:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "unready", "failing": failing}, 503, headers={"Retry-After": "1"})

    async def metrics(request: Request) -> Response:
        _admit(request)
        return Response(meters.exposition(await _families(request.app)), media_type=CONTENT_TYPE_LATEST)

    app.add_route("/healthz", healthz)
    app.add_route("/readyz", readyz)
    app.add_route("/metrics", metrics)


async def _failing(app: Any) -> list[str]:
    """The checks that fail: `database`, `database_role_privileged`, `migration`, `worker`."""
    failing = []
    try:
        async with asyncio.timeout(ASKED_WITHIN_S), app.state.ready.sessions.begin() as tx:
            if await tx.scalar(PRIVILEGED):
                failing.append("database_role_privileged")
            if not await tx.scalar(
                text("SELECT to_regclass('workers') IS NOT NULL AND to_regclass('alembic_version') IS NOT NULL")
            ):
                return [*failing, "migration"]
            if await revisions.is_behind(tx):
                failing.append("migration")
            if not await heartbeat.is_any_alive(tx):
                failing.append("worker")
    except Exception:  # noqa: BLE001 - whatever it is, the database does not answer
        return ["database"]
    return failing


async def _families(app: Any) -> list[Any]:
    """What the database can tell just now; without it the process's own counts are still shown."""
    try:
        async with asyncio.timeout(ASKED_WITHIN_S):
            async with app.state.pump.begin() as tx:
                found = await meters.waiting(tx, app.state.work)
            async with app.state.ready.begin() as tx:
                found += await meters.done(tx)
    except Exception:  # noqa: BLE001 - the same
        return [meters.is_up(up=False)]
    replica: Replica | None = app.state.replica
    return [meters.is_up(up=True), *found, *([] if replica is None else [meters.lateness(replica.late_s)])]


def _admit(request: Request) -> None:
    """Callers on this machine, or with the operator's token."""
    token: str = request.app.state.settings.ops_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return
    if not _is_loopback(request.client.host if request.client else ""):
        raise Unauthenticated("Metrics are for callers on this machine, or with the operator's token.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
