"""Every refusal and every fault as RFC 9457 problem+json; stack traces never leave."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import structlog
from asyncpg import PostgresError
from asyncpg.exceptions import (
    DiskFullError,
    InsufficientResourcesError,
    InterfaceError,
    LockNotAvailableError,
    QueryCanceledError,
)
from fastapi import Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException as StarletteHTTPException

from aftersales_api.infra.db import REFUSALS
from aftersales_api.infra.sealing import Unsealable
from aftersales_api.kit.errors import AppError, Malformed, NotFound, PreconditionFailed
from aftersales_api.kit.money import AmountScale
from aftersales_api.kit.wire import show_instant
from aftersales_api.web.strict_json import validation_problems

log = structlog.get_logger()
PATH_LETTERS: Final = "/:@!$&'()*+,;="
"""What stands in a path as it is (RFC 3986, section 3.3), besides letters, digits and -._~."""


class ProblemField(BaseModel):
    """One offending field."""

    pointer: str = Field(description="JSON pointer with its place first: /body, /query, /header, /path")
    code: str
    detail: str


class Problem(BaseModel):
    """What went wrong, for people (`title`, `detail`) and machines (`code`, `facts`, `errors`), after RFC 9457."""

    type: str = Field(examples=["/problems/return_window_closed"])
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    facts: dict[str, Any]
    errors: list[ProblemField]


PROBLEM_RESPONSE: dict[str, Any] = {
    "description": "Problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
ERRORS: dict[int | str, dict[str, Any]] = {"4XX": PROBLEM_RESPONSE, "5XX": PROBLEM_RESPONSE}


class Unavailable(AppError):
    status, code = 503, "unavailable"

    def __init__(self, detail: str = "The database cannot be reached just now.") -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class StorageFull(AppError):
    status, code = 503, "storage_full"

    def __init__(self) -> None:
        super().__init__("The storage is full; nothing was written.", headers={"Retry-After": "30"})


class Conflicting(AppError):
    status, code = 409, "conflict"

    def __init__(self) -> None:
        super().__init__("Another request changed the same thing first; repeat.", headers={"Retry-After": "1"})


class InvalidRequest(AppError):
    status, code = 422, "invalid_request"


class InvalidAmount(AppError):
    status, code = 422, AmountScale.code


class InternalFault(AppError):
    status, code = 500, "internal"

    def __init__(self) -> None:
        super().__init__("This is our fault; it was recorded.")


def code_of(error: AppError) -> str:
    """The stable code clients see."""
    return str(getattr(error, "problem_code", None) or error.code)


def respond(request: Request, error: AppError) -> JSONResponse:
    """The problem document of a refusal."""
    code = request.state.problem_code = code_of(error)
    body = {
        "type": f"/problems/{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": error.status,
        "detail": error.detail,
        "instance": quote(request.scope["path"], safe=PATH_LETTERS),
        "code": code,
        "request_id": getattr(request.state, "request_id", ""),
        "facts": plain(error.facts),
        "errors": [{"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in error.errors],
    }
    return JSONResponse(body, error.status, headers=error.headers, media_type="application/problem+json")


def plain(value: Any) -> Any:
    """Facts of a refusal as JSON."""
    if isinstance(value, dict):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(member) for member in value]
    if isinstance(value, datetime):
        return show_instant(value)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def translate(failure: BaseException) -> AppError | None:
    """The refusal that a fault of the database or of a library means; None when it is a bug."""
    if isinstance(failure, AppError):
        return failure
    if isinstance(failure, RequestValidationError):
        return _invalid(failure)
    if isinstance(failure, StarletteHTTPException):
        return _of_status(failure)
    if isinstance(failure, StaleDataError):
        return PreconditionFailed()
    if isinstance(failure, IntegrityError):
        return _broken_constraint(failure)
    if isinstance(failure, Unsealable):
        return Unavailable("A secret that this needs cannot be opened just now.")
    if isinstance(failure, TimeoutError):
        return Unavailable("This took too long and was broken off.")
    if isinstance(failure, PoolTimeout | ConnectionError | OSError | InterfaceError):
        return Unavailable()
    if isinstance(failure, DBAPIError):
        return _of_database(failure)
    if isinstance(failure, PostgresError):
        return _of_state(failure)
    return None


def _invalid(failure: RequestValidationError) -> AppError:
    problems = validation_problems(list(failure.errors()), failure.body)
    if any(problem.pointer.startswith("/path") for problem in problems):
        return NotFound()
    if problems and all(problem.code == AmountScale.code for problem in problems):
        return InvalidAmount(problems[0].detail, errors=problems, **_scale(failure))
    return InvalidRequest("The request has values that cannot be taken.", errors=problems)


def _scale(failure: RequestValidationError) -> dict[str, Any]:
    known = failure.errors()[0].get("ctx", {})
    return {name: known[name] for name in ("currency", "decimals") if name in known}


def _of_status(failure: StarletteHTTPException) -> AppError:
    error = NotFound() if failure.status_code == 404 else InvalidRequest(str(failure.detail), headers=failure.headers)
    names = {
        400: "unreadable",
        404: "not_found",
        405: "method_not_allowed",
        413: "too_large",
        415: "unsupported_media_type",
    }
    error.status = failure.status_code  # type: ignore[misc]  # the class says it; here the instance does
    error.code = names.get(failure.status_code, "refused")  # type: ignore[misc]  # the class says it; here the instance does
    return error


def _broken_constraint(failure: IntegrityError) -> AppError | None:
    cause = _cause(failure)
    refusal = REFUSALS.get(getattr(cause, "constraint_name", None) or "")
    if refusal is not None:
        return refusal()
    return Conflicting() if getattr(cause, "sqlstate", "") == "23505" else None


def _of_database(failure: DBAPIError) -> AppError | None:
    cause = _cause(failure)
    if failure.connection_invalidated or isinstance(cause, InterfaceError | OSError | TimeoutError):
        return Unavailable()
    return _of_state(cause) if isinstance(cause, PostgresError) else None


def is_connection_lost(failure: BaseException) -> bool:
    """Whether the database connection broke under the request: what was not committed is undone, and may be tried again."""
    if isinstance(failure, PoolTimeout | TimeoutError):
        return False
    cause = _cause(failure)
    if isinstance(cause, PostgresError):
        state = cause.sqlstate or ""
        return state[:2] == "08" or state[:3] == "57P"
    return isinstance(cause, InterfaceError | ConnectionError) or bool(
        getattr(failure, "connection_invalidated", False)
    )


def was_in_the_way(failure: BaseException) -> bool:
    """Whether the database undid this transaction for another's sake: a deadlock, or two that cannot be put in an order."""
    return str(getattr(_cause(failure), "sqlstate", None) or "")[:2] == "40"


def _cause(failure: BaseException) -> BaseException:
    """What the driver said, beneath what SQLAlchemy made of it."""
    said: BaseException | None = getattr(failure, "orig", None)
    return getattr(said, "__cause__", None) or said or failure


def _of_state(cause: PostgresError) -> AppError | None:
    state = getattr(cause, "sqlstate", "") or ""
    if isinstance(cause, DiskFullError):
        return StorageFull()
    if state[:2] in {"08", "57"} or isinstance(
        cause, QueryCanceledError | InsufficientResourcesError | LockNotAvailableError
    ):
        return Unavailable()
    if state[:2] == "40":
        return Unavailable("Requests stood in each other's way; nothing was done.")
    if state in {"22003", "22021", "22P05", "22008", "22007"}:
        return Malformed("A value is out of range.", "/body", "out_of_range")
    return None


HANDLED: tuple[type[Exception], ...] = (
    AppError,
    RequestValidationError,
    StarletteHTTPException,
    StaleDataError,
    PoolTimeout,
    DBAPIError,
    PostgresError,
    InterfaceError,
    OSError,
    TimeoutError,
)


async def answer(request: Request, failure: Exception) -> JSONResponse:
    """The one exception door of the API."""
    error = translate(failure)
    if error is None or isinstance(failure, Unsealable):
        log.error("request.failed", **_which(request), exc_info=failure)
    return respond(request, error or InternalFault())


def _which(request: Request) -> dict[str, str]:
    """The request in a log line; said here, because what failed may have left the middleware that binds it."""
    operation = getattr(request.scope.get("endpoint"), "__name__", None) or request.scope.get("operation", "none")
    return {"operation": operation, "request_id": getattr(request.state, "request_id", "")}


async def answer_broken_promise(request: Request, failure: ResponseValidationError) -> JSONResponse:
    log.error("response.invalid", **_which(request), errors=[str(each.get("loc")) for each in failure.errors()])
    return respond(request, InternalFault())
