"""For those who operate it: alive, ready, measured."""

from typing import Any

from fastapi import FastAPI
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

PRIVILEGED = text(
    "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner "
    "WHERE c.relname = 'shops' AND o.rolname = current_user) FROM pg_roles WHERE rolname = current_user"
)


def mount(app: FastAPI) -> None:
    """`/healthz` never touches the database; `/readyz` says which check fails."""

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> JSONResponse:
        failing = await _failing(request.app)
        if failing is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "unready", "failing": failing}, 503, headers={"Retry-After": "1"})

    app.add_route("/healthz", healthz)
    app.add_route("/readyz", readyz)


async def _failing(app: Any) -> str | None:
    try:
        async with app.state.ready.sessions.begin() as tx:
            if await tx.scalar(PRIVILEGED):
                return "database_role_privileged"
    except Exception:  # noqa: BLE001 - whatever it is, the database does not answer
        return "database"
    return None
