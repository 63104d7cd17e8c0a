"""One route class for all operations: authentication, scope, limits, one transaction, idempotency and versions by construction."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from aftersales_api.infra.db import Expected, Session, belong, expect_version, no_shop_yet
from aftersales_api.infra.throttle import Throttle
from aftersales_api.kit import ids
from aftersales_api.kit.errors import AppError, FieldProblem, Malformed, PreconditionFailed, Unreadable
from aftersales_api.web import idempotency
from aftersales_api.web.caller import ApiCaller, authenticate
from aftersales_api.web.deadlines import bounded
from aftersales_api.web.problems import ERRORS
from aftersales_api.web.strict_json import is_unfit, parse

BEARER = HTTPBearer(
    auto_error=False, scheme_name="ApiKey", description="An API key of the shop: ask_live_… or ask_test_…"
)


class RateLimited(AppError):
    status, code = 429, "rate_limited"

    def __init__(self, wait_s: float) -> None:
        super().__init__("Too many requests with this key.", headers={"Retry-After": str(max(1, round(wait_s + 0.5)))})


class UnsupportedMediaType(AppError):
    status, code = 415, "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__("Bodies are application/json.")


class PreconditionRequired(AppError):
    status, code = 428, "precondition_required"

    def __init__(self) -> None:
        detail = "Settings change only with If-Match: send the ETag you read."
        super().__init__(detail, errors=(FieldProblem("/header/if-match", self.code, detail),))


# Looks at the parsed body of an admitted request while no transaction is open: the place for questions to the network.
Before = Callable[[Request, Any], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What one operation asks of its caller."""

    scope: str | None = None
    money: bool = False
    needs_version: bool = False
    own_transaction: bool = False
    deadline_s: float | None = None
    takes_form: bool = False
    before: Before | None = None


class Route(APIRoute):
    """An operation under the house's rules; see Router."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        rules: Rules = getattr(self.endpoint, "rules", Rules())
        has_version = "version" in getattr(self.response_model, "model_fields", {})
        is_post = "POST" in (self.methods or ())

        async def run(request: Request) -> Response:
            request.scope["path_pattern"] = self.path_format
            check_query(request)
            deadline = rules.deadline_s or request.app.state.settings.request_deadline_s

            async def work() -> Response:
                with no_shop_yet():
                    return await _within(request, rules, handle, is_post)

            response = await bounded(work, request, deadline, watched=not rules.own_transaction)
            return versioned(request, response) if has_version else response

        return run


async def _within(
    request: Request, rules: Rules, handle: Callable[[Request], Coroutine[Any, Any, Response]], is_post: bool
) -> Response:
    """Authentication, body, idempotency and the handler inside one transaction, committed before the answer leaves."""
    async with request.app.state.database.sessions() as tx:
        request.state.tx = tx
        async with tx.begin():
            if rules.scope is None:
                if "json" in request.headers.get("content-type", ""):
                    await _read_body(request, rules)
                return await _kept(tx, await handle(request))
            caller = await _admit(tx, request, rules)
            body = await _read_body(request, rules)
            if not rules.own_transaction and rules.before is None:
                return await _once(tx, request, caller, rules, body, handle, is_post=is_post)
        if rules.before is None:
            return await handle(request)
        await rules.before(request, body)
        async with tx.begin():
            return await _once(tx, request, caller, rules, body, handle, is_post=is_post)


async def _admit(tx: Session, request: Request, rules: Rules) -> ApiCaller:
    caller = await authenticate(tx, request)
    await _pass_throttle(request, caller.key_id)
    if rules.scope:
        caller.require(rules.scope)
    request.state.caller = caller
    belong(caller.shop_id)
    expect_version(expected_version(request, needed=rules.needs_version))
    return caller


async def _pass_throttle(request: Request, key_id: UUID) -> None:
    throttle: Throttle = request.app.state.throttle
    passed, remaining, wait = throttle.take(key_id, time.monotonic())
    request.state.rate = (throttle.limit, remaining, int(throttle.window_s))
    if not passed:
        raise RateLimited(wait)


async def _read_body(request: Request, rules: Rules) -> Any:
    """Parse a JSON body once, strictly; FastAPI then takes the parsed value."""
    if request.method in {"GET", "DELETE", "HEAD"} or rules.takes_form:
        return None
    raw = await request.body()
    if not raw:
        return None
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise UnsupportedMediaType
    body = parse(raw)
    request._json = body  # noqa: SLF001 - Starlette's own cache of the parsed body
    return body


async def _once(
    tx: Session,
    request: Request,
    caller: ApiCaller,
    rules: Rules,
    body: Any,
    handle: Callable[[Request], Coroutine[Any, Any, Response]],
    *,
    is_post: bool,
) -> Response:
    key = idempotency.key_of(request, required=rules.money) if is_post else None
    if key is None:
        return await _kept(tx, await handle(request))
    print_ = idempotency.fingerprint(request, body)
    repeated = await idempotency.replay(tx, caller, key, print_)
    if repeated is not None:
        return repeated
    response = await _kept(tx, await handle(request))
    if 200 <= response.status_code < 300:
        await tx.flush()
        await idempotency.store(tx, caller, key, print_, response)
    return response


async def _kept(tx: Session, response: Response) -> Response:
    """An answer that refuses keeps nothing."""
    if response.status_code >= 400:
        await tx.rollback()
    return response


def check_query(request: Request) -> None:
    """Refuse query text that is not UTF-8 (400) or holds a NUL (422)."""
    raw = request.scope.get("query_string", b"")
    if b"%" not in raw:
        return
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise Unreadable("The query is not UTF-8.") from wrong
    if is_unfit(text):
        raise Malformed("The query holds a NUL.", "/query", "unfit_text")


def expected_version(request: Request, *, needed: bool) -> Expected | None:
    """The version named in If-Match for the last resource of the path."""
    header = request.headers.get("if-match")
    if header is None:
        if needed:
            raise PreconditionRequired
        return None
    if header.strip() == "*":
        return None
    tail = [part for part in request.path_params.values() if isinstance(part, str)]
    row_id = ids.parse_any(tail[-1]) if tail else None
    text = header.strip().removeprefix("W/").strip('"')
    if not text.startswith("v") or not text[1:].isascii() or not text[1:].isdigit() or len(text) > 12:
        raise PreconditionFailed
    return Expected(row_id, int(text[1:]))


def versioned(request: Request, response: Response) -> Response:
    """ETag from the body's `version`, and 304 when the client has it already."""
    if not 200 <= response.status_code < 300 or not response.body:
        return response
    body = orjson.loads(response.body)
    if not isinstance(body, dict) or "version" not in body:
        return response
    tag = f'"v{body["version"]}"'
    response.headers["ETag"] = tag
    known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    if request.method == "GET" and tag in known:
        return Response(status_code=304, headers={"ETag": tag})
    return response


class Router(APIRouter):
    """Routes of one package. Every operation names its scope; `money=True` makes Idempotency-Key required,

    `needs_version=True` makes If-Match required, `own_transaction=True` leaves transactions to the use case.
    """

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag], route_class=Route, responses=ERRORS)

    def _keyed(self, method: str, path: str, rules: Rules, options: dict[str, Any]) -> Callable[[Any], Any]:
        def mount(endpoint: Any) -> Any:
            endpoint.rules = rules
            options.setdefault("summary", endpoint.__name__.replace("_", " ").capitalize())
            extra = {"x-required-scope": rules.scope, **options.pop("openapi_extra", {})}
            self.add_api_route(path, endpoint, methods=[method], openapi_extra=extra, **options)
            return endpoint

        options["dependencies"] = [*options.get("dependencies", ()), _security()]
        return mount

    def get(  # type: ignore[override]
        self,
        path: str,
        *,
        scope: str,
        deadline_s: float | None = None,
        own_transaction: bool = False,
        **options: Any,
    ) -> Callable[[Any], Any]:
        return self._keyed("GET", path, Rules(scope, deadline_s=deadline_s, own_transaction=own_transaction), options)

    def post(  # type: ignore[override]
        self,
        path: str,
        *,
        scope: str,
        money: bool = False,
        needs_version: bool = False,
        own_transaction: bool = False,
        deadline_s: float | None = None,
        takes_form: bool = False,
        before: Before | None = None,
        **options: Any,
    ) -> Callable[[Any], Any]:
        rules = Rules(scope, money, needs_version, own_transaction, deadline_s, takes_form, before)
        return self._keyed("POST", path, rules, options)

    def put(self, path: str, *, scope: str, needs_version: bool = False, **options: Any) -> Callable[[Any], Any]:  # type: ignore[override]
        return self._keyed("PUT", path, Rules(scope, needs_version=needs_version), options)

    def patch(  # type: ignore[override]
        self, path: str, *, scope: str, needs_version: bool = False, before: Before | None = None, **options: Any
    ) -> Callable[[Any], Any]:
        return self._keyed("PATCH", path, Rules(scope, needs_version=needs_version, before=before), options)

    def delete(self, path: str, *, scope: str, **options: Any) -> Callable[[Any], Any]:  # type: ignore[override]
        options.setdefault("status_code", 204)
        return self._keyed("DELETE", path, Rules(scope), options)

    def public_get(self, path: str, *, document: bool = False, **options: Any) -> Callable[[Any], Any]:
        """A page or answer for a person with a link; `db.enter` sets the shop the link leads to."""
        return self._public("GET", path, document, options)

    def public_post(self, path: str, *, document: bool = False, **options: Any) -> Callable[[Any], Any]:
        return self._public("POST", path, document, options)

    def _public(self, method: str, path: str, document: bool, options: dict[str, Any]) -> Callable[[Any], Any]:
        def mount(endpoint: Any) -> Any:
            endpoint.rules = Rules()
            options.setdefault("summary", endpoint.__name__.replace("_", " ").capitalize())
            extra = {"security": [], **options.pop("openapi_extra", {})}
            self.add_api_route(
                path, endpoint, methods=[method], include_in_schema=document, openapi_extra=extra, **options
            )
            return endpoint

        return mount


def _security() -> Any:
    from fastapi import Depends

    return Depends(BEARER)


def created(response: Response, location: str) -> None:
    """Say where the new resource is."""
    response.headers["Location"] = location


__all__ = ["Route", "Router", "Rules", "created"]
