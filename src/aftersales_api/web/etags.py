"""ETag, If-None-Match and If-Match for every operation: a resource is what its own GET shows, and its tag is made of that."""

import hashlib
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from aftersales_api.infra.db import Expected, Session, expect_version
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit import ids
from aftersales_api.kit.errors import AppError, FieldProblem, PreconditionFailed

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
MOST_TAGS = 50
CONTEXT = "context"
READ_AT = frozenset({"as_of", "at", "generated_at"})
"""Members that say when a figure was read: it is the same figure a moment later."""


class PreconditionRequired(AppError):
    status, code = 428, "precondition_required"

    def __init__(self) -> None:
        detail = "Settings change only with If-Match: send the ETag you read."
        super().__init__(detail, errors=(FieldProblem("/header/if-match", self.code, detail),))


def is_single(model: Any) -> bool:
    """Whether an answer of this model shows one resource, not a list."""
    fields = getattr(model, "model_fields", {})
    return bool(fields) and ("version" in fields or "items" not in fields)


def resource_of(path: str) -> str:
    """The path of the resource that an operation changes: up to its last id, or the whole of it for settings."""
    last = path.rfind("}")
    return path[: last + 1] if last > 0 else path


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    """Every route under the house's rules, out of the routers the app includes."""
    pending: list[Any] = list(app.routes)
    while pending:
        each = pending.pop()
        pending += getattr(getattr(each, "original_router", None), "routes", ())
        if isinstance(each, APIRoute):
            yield each


async def hold_against(tx: Session, request: Request, *, needed: bool) -> None:
    """Compare If-Match with what the resource's own GET would say now: 412 for another version, 428 when it must be sent.

    Writers who name a version follow one another; the row's lock compares once more, for those who name none.
    """
    header = said(request, "if-match")
    if header is None:
        if needed:
            raise PreconditionRequired
        return
    read = _read_of(request)
    if read is None or header.strip() == "*":
        return
    wanted = _tags(header)
    path = _actual(request, read)
    await advisory_lock(tx, "if_match", path)
    shown = await read.plainly(_as_get(request, path))
    if _own(tag_of(shown) or "") not in {_own(tag) for tag in wanted}:
        raise PreconditionFailed
    _expect(request, read, wanted)


def said(request: Request, name: str) -> str | None:
    """A header that is a list: several lines of it are one (RFC 9110, section 5.3)."""
    lines = request.headers.getlist(name)
    return ", ".join(lines) if lines else None


def _tags(header: str) -> frozenset[str]:
    """The tags of an If-Match or If-None-Match; proxies that compress weaken them, which changes nothing here."""
    return frozenset(part.strip().removeprefix("W/").strip('"') for part in header.split(",")[:MOST_TAGS])


def _read_of(request: Request) -> Any:
    """The operation that shows the resource of this request's path, or None."""
    return _reads(request.app).get(resource_of(request.scope["path_pattern"]))


def _reads(app: FastAPI) -> dict[str, Any]:
    """The operations that show one resource, by their path."""
    known: dict[str, Any] | None = getattr(app.state, "reads", None)
    if known is None:
        routes = [route for route in routes_of(app) if "GET" in (route.methods or ())]
        known = app.state.reads = {route.path_format: route for route in routes if is_single(route.response_model)}
    return known


async def tag_created(request: Request, response: Response) -> None:
    """Give what was created the tag that its own GET shows, where its answer has no version."""
    location = response.headers.get("location")
    if response.status_code != 201 or location is None or (tag_of(response) or "").startswith("v"):
        return
    made = orjson.loads(bytes(response.body))
    if not isinstance(made, dict) or made.get("id") != location.rpartition("/")[2]:
        return
    for read in _reads(request.app).values():
        found = read.path_regex.fullmatch(location)
        if found and not read.is_said_otherwise(location):
            shown = await read.plainly(_as_get(request, location, found.groupdict()))
            response.headers["ETag"] = f'"{tag_of(shown)}"'


def _actual(request: Request, read: APIRoute) -> str:
    return read.path_format.format_map(request.path_params)


def _as_get(request: Request, path: str, ids_of_path: Mapping[str, str] | None = None) -> Request:
    scope = {**request.scope, "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    return Request(scope if ids_of_path is None else {**scope, "path_params": ids_of_path}, request.receive)


def _expect(request: Request, read: APIRoute, wanted: frozenset[str]) -> None:
    named = [ids.parse_any(request.path_params[name]) for name in read.param_convertors]
    said = {_own(tag) for tag in wanted}
    versions = frozenset(int(tag[1:]) for tag in said if tag[:1] == "v" and tag[1:].isdigit())
    if named and isinstance(named[-1], UUID) and versions:
        expect_version(Expected(named[-1], versions))


def tag_of(response: Response) -> str | None:
    """`v<version>` of what is shown; what has no version is marked by its content.

    Where a resource is shown with what is told of others (`context`), a mark of that follows the version: `v7.1a2b3c4d`.
    What is sent while it is made says its own.
    """
    own = response.headers.get("etag")
    if own is not None:
        return own.strip('"')
    if not 200 <= response.status_code < 300 or not response.body:
        return None
    return tag_of_body(bytes(response.body))


def tag_of_body(said: bytes) -> str | None:
    """The tag of what is shown."""
    body = orjson.loads(said)
    if not isinstance(body, dict):
        return None
    version = body.get("version")
    if not isinstance(version, int):
        lasting = {name: value for name, value in body.items() if name not in READ_AT}
        return f"h{hashlib.sha256(said if len(lasting) == len(body) else orjson.dumps(lasting)).hexdigest()[:16]}"
    context = body.get(CONTEXT)
    return f"v{version}" if context is None else f"v{version}.{hashlib.sha256(orjson.dumps(context)).hexdigest()[:8]}"


def _own(tag: str) -> str:
    """What of a tag a writer must know: the version of the resource itself, not of what is told beside it."""
    return tag.partition(".")[0]


def versioned(request: Request, response: Response, *, is_read: bool) -> Response:
    """The ETag of what is shown, and 304 when the client has it already."""
    tag = tag_of(response)
    if tag is None or not (is_read or tag.startswith("v")):
        return response
    response.headers["ETag"] = f'"{tag}"'
    known = _tags(said(request, "if-none-match") or "")
    if is_read and (tag in known or "*" in known):
        return Response(status_code=304, headers={"ETag": f'"{tag}"'})
    return response
