"""One route class for all operations: authentication, scope, limits, one transaction, idempotency and versions by construction."""

import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from asyncpg import InterfaceError, PostgresError
from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Match
from starlette.types import Scope

from aftersales_api.infra.db import Database, Session, belong, no_shop_yet
from aftersales_api.infra.throttle import Throttle
from aftersales_api.kit.errors import AppError
from aftersales_api.web import api_versions, etags, idempotency
from aftersales_api.web.bodies import check_nothing, file_mark, has_no_body, read_body
from aftersales_api.web.caller import ApiCaller, Unauthenticated, address_of, authenticate
from aftersales_api.web.deadlines import bounded
from aftersales_api.web.problems import ERRORS
from aftersales_api.web.query_parameters import NOTHING, Asked, check_query
from aftersales_api.web.replica import Replica, authorization

BEARER = HTTPBearer(
    auto_error=False, scheme_name="ApiKey", description="An API key of the shop: ask_live_… or ask_test_…"
)


class RateLimited(AppError):
    status, code = 429, "rate_limited"

    def __init__(self, wait_s: float) -> None:
        super().__init__("Too many requests with this key.", headers={"Retry-After": str(max(1, round(wait_s + 0.5)))})


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
    is_post: bool = False
    takes_json: bool = False
    asked: Asked = NOTHING
    may_be_late: bool = False
    variants: tuple[api_versions.Variant, ...] = ()
    retiring: api_versions.Retiring | None = None


class Route(APIRoute):
    """An operation under the house's rules; see Router. `plainly` is the operation without them."""

    plainly: etags.Handle
    head: str
    gives_way_to: tuple[re.Pattern[str], ...] = ()

    def is_said_otherwise(self, path: str) -> bool:
        """Whether a route with a word where this one has an id means this path."""
        return any(form.match(path) for form in self.gives_way_to)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if self.head not in scope["path"]:  # of hundreds of routes all but a few end here, before any pattern is tried
            return Match.NONE, {}
        if self.gives_way_to and self.is_said_otherwise(scope["path"].removeprefix(scope.get("root_path", ""))):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        rules: Rules = getattr(self.endpoint, "rules", Rules())
        asked = Asked.of(self.dependant)
        is_single, is_read = etags.is_single(self.response_model), "GET" in (self.methods or ())
        takes_json = self.body_field is not None and not rules.takes_form
        is_list = is_read and "next_cursor" in getattr(self.response_model, "model_fields", {})
        may_be_late = bool(rules.scope) and not rules.own_transaction and (is_list or rules.may_be_late)
        is_post = "POST" in (self.methods or ())
        rules = replace(rules, asked=asked, is_post=is_post, takes_json=takes_json, may_be_late=may_be_late)
        self.plainly = handle
        self.head = self.path_format.partition("{")[0]

        async def run(request: Request) -> Response:
            request.scope["path_pattern"] = self.path_format
            if rules.retiring is not None:
                request.state.notice = rules.retiring.headers()
            check_query(request)
            deadline = rules.deadline_s or request.app.state.settings.request_deadline_s

            async def work() -> Response:
                if rules.may_be_late and (answer := await _from_replica(request, rules, handle)) is not None:
                    return answer
                with no_shop_yet():
                    return await _within(request.app.state.database, request, rules, handle)

            response = await bounded(work, request, deadline, in_one=not rules.own_transaction)
            if is_single:
                response = etags.versioned(request, response, is_read=is_read)
            return _in_form(request, response, rules)

        return run


def _in_form(request: Request, response: Response, rules: Rules) -> Response:
    """The answer as it was at the client's date."""
    if not rules.variants:
        return response
    caller: ApiCaller | None = getattr(request.state, "caller", None)
    if caller is None:
        return response
    return api_versions.shaped(response, rules.variants, request.state.form_of, caller.client_id)


async def _from_replica(request: Request, rules: Rules, handle: etags.Handle) -> Response | None:
    """The replica's answer when it has one; whatever goes wrong there is asked of the primary."""
    replica: Replica | None = request.app.state.replica
    if replica is None or not replica.serves(authorization(request.scope)):
        return None
    try:
        with no_shop_yet():
            answer = await _within(replica.database, request, rules, handle)
    except (AppError, SQLAlchemyError, PostgresError, InterfaceError, OSError):
        return None
    return answer if answer.status_code < 400 else None


async def _within(database: Database, request: Request, rules: Rules, handle: etags.Handle) -> Response:
    """Authentication, body, idempotency and the handler inside one transaction, committed before the answer leaves."""
    async with database.sessions() as tx:
        request.state.tx = tx
        async with tx.begin():
            if rules.scope is None:
                _pass_throttle(request, address_of(request))
                if rules.takes_json:
                    await read_body(request)
                return await _kept(tx, await handle(request))
            caller = await _admit(tx, request, rules)
            body = await _body(request, rules)
            if not rules.own_transaction and rules.before is None:
                return await _once(tx, request, caller, rules, body, handle)
        if rules.before is None:
            return await _in_steps(tx, request, caller, rules, body, handle)
        await rules.before(request, body)
        async with tx.begin():
            return await _once(tx, request, caller, rules, body, handle)


async def _admit(tx: Session, request: Request, rules: Rules) -> ApiCaller:
    try:
        caller = await authenticate(tx, request)
    except Unauthenticated:
        _pass_throttle(request, address_of(request))
        raise
    request.state.caller = caller
    _pass_throttle(request, caller.key_id, caller.rate)
    if rules.scope:
        caller.require(rules.scope)
    rules.asked.check(request)
    request.state.form_of = api_versions.asked_for(request)
    belong(caller.shop_id)
    return caller


async def _body(request: Request, rules: Rules) -> Any:
    """The parsed JSON body; of a file, which is left to its operation, what tells it from others."""
    if has_no_body(request):
        return None
    if rules.takes_form:
        return await file_mark(request)
    body = await read_body(request)
    if not rules.takes_json:
        check_nothing(body)
    return body


def _pass_throttle(request: Request, who: UUID | str, own: int | None = None) -> None:
    """One request more of a key, or of an address that shows none; 429 above the quota."""
    throttle: Throttle = request.app.state.throttle
    passed, remaining, wait = throttle.take(who, time.monotonic(), own)
    request.state.rate = throttle.left(remaining, own)
    if not passed:
        raise RateLimited(wait)


async def _once(
    tx: Session,
    request: Request,
    caller: ApiCaller,
    rules: Rules,
    body: Any,
    handle: etags.Handle,
) -> Response:
    key = idempotency.key_of(request, required=rules.money) if rules.is_post else None
    if key is None:
        return await _kept(tx, await _matched(tx, request, rules, handle))
    print_ = idempotency.fingerprint(request, body)
    repeated = await idempotency.replay(tx, caller, key, print_)
    if repeated is not None:
        return repeated
    response = await _kept(tx, await _matched(tx, request, rules, handle))
    if 200 <= response.status_code < 300:
        await tx.flush()
        await idempotency.store(tx, caller, key, print_, response, request.url.path)
    return response


async def _in_steps(
    tx: Session, request: Request, caller: ApiCaller, rules: Rules, body: Any, handle: etags.Handle
) -> Response:
    """What works in transactions of its own: its key is taken before and answered after."""
    key = idempotency.key_of(request, required=rules.money) if rules.is_post else None
    if key is None:
        return await handle(request)
    print_ = idempotency.fingerprint(request, body)
    async with tx.begin():
        repeated = await idempotency.begin(tx, caller, key, print_, request.url.path)
    if repeated is not None:
        return repeated
    response: Response | None = None
    try:
        response = await handle(request)
    finally:
        async with tx.begin():
            await idempotency.end(tx, caller, key, print_, response, request.url.path)
    return response


async def _matched(tx: Session, request: Request, rules: Rules, handle: etags.Handle) -> Response:
    """What the operation does to the version that the client knows."""
    if request.method == "GET":
        return await handle(request)
    await etags.hold_against(tx, request, needed=rules.needs_version)
    response = await handle(request)
    await etags.tag_created(request, response)
    return response


async def _kept(tx: Session, response: Response) -> Response:
    """An answer that refuses keeps nothing."""
    if response.status_code >= 400:
        await tx.rollback()
    return response


class Router(APIRouter):
    """Routes of one package. Every operation names its scope; `money=True` makes Idempotency-Key required,

    `own_transaction=True` leaves transactions to the use case. Settings - what has no id in its path - need If-Match.
    Lists, and what `may_be_late=True` names, are read from the replica where there is one. `variants=` keeps older forms of an
    answer for clients of their time, `retiring=` announces an operation's end (see web/api_versions.py).
    """

    def __init__(self, tag: str) -> None:
        super().__init__(
            tags=[tag], route_class=Route, responses=ERRORS, generate_unique_id_function=lambda route: route.name
        )

    def _keyed(self, method: str, path: str, rules: Rules, options: dict[str, Any]) -> Callable[[Any], Any]:
        retiring, variants = options.pop("retiring", None), tuple(options.pop("variants", ()))
        rules = replace(rules, retiring=retiring, variants=variants)
        options.setdefault("deprecated", retiring is not None or None)

        def mount(endpoint: Any) -> Any:
            endpoint.rules = rules
            options.setdefault("summary", endpoint.__name__.replace("_", " ").capitalize())
            extra = {"x-required-scope": rules.scope, **options.pop("openapi_extra", {})}
            self.add_api_route(path, endpoint, methods=[method], openapi_extra=extra, **options)
            return endpoint

        options["dependencies"] = [*options.get("dependencies", ()), _security()]
        return mount

    def get(  # type: ignore[override]  # every operation says its scope
        self,
        path: str,
        *,
        scope: str,
        deadline_s: float | None = None,
        own_transaction: bool = False,
        may_be_late: bool = False,
        **options: Any,
    ) -> Callable[[Any], Any]:
        rules = Rules(scope, deadline_s=deadline_s, own_transaction=own_transaction, may_be_late=may_be_late)
        return self._keyed("GET", path, rules, options)

    def post(  # type: ignore[override]  # every operation says its scope
        self,
        path: str,
        *,
        scope: str,
        money: bool = False,
        own_transaction: bool = False,
        deadline_s: float | None = None,
        takes_form: bool = False,
        before: Before | None = None,
        **options: Any,
    ) -> Callable[[Any], Any]:
        rules = Rules(scope, money, False, own_transaction, deadline_s, takes_form, before)
        return self._keyed("POST", path, rules, options)

    def put(self, path: str, *, scope: str, before: Before | None = None, **options: Any) -> Callable[[Any], Any]:  # type: ignore[override]  # every operation says its scope
        return self._keyed("PUT", path, Rules(scope, needs_version=_is_settings(path), before=before), options)

    def patch(self, path: str, *, scope: str, before: Before | None = None, **options: Any) -> Callable[[Any], Any]:  # type: ignore[override]  # every operation says its scope
        return self._keyed("PATCH", path, Rules(scope, needs_version=_is_settings(path), before=before), options)

    def delete(self, path: str, *, scope: str, **options: Any) -> Callable[[Any], Any]:  # type: ignore[override]  # every operation says its scope
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


def _is_settings(path: str) -> bool:
    return "{" not in path


def _security() -> Any:
    from fastapi import Depends

    return Depends(BEARER)


def created(response: Response, location: str) -> None:
    """Say where the new resource is."""
    response.headers["Location"] = location


__all__ = ["Route", "Router", "Rules", "created"]
