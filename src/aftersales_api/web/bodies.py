"""Bodies: application/json in UTF-8, as they are; read once and strictly."""

import hashlib
from email.message import Message
from typing import Any

from fastapi import Request

from aftersales_api.kit.errors import AppError, FieldProblem
from aftersales_api.web.problems import InvalidRequest
from aftersales_api.web.strict_json import parse, pointer_step

READ_ONLY = frozenset({"GET", "HEAD", "DELETE"})


class UnsupportedMediaType(AppError):
    status, code = 415, "unsupported_media_type"

    def __init__(self) -> None:
        detail = "Bodies are application/json in UTF-8."
        super().__init__(detail, errors=(FieldProblem("/header/content-type", self.code, detail),))


class UnsupportedEncoding(AppError):
    """A packed body could be a thousand times its size."""

    status, code = 415, "unsupported_encoding"

    def __init__(self) -> None:
        detail = "Bodies are sent as they are, without Content-Encoding."
        problem = FieldProblem("/header/content-encoding", self.code, detail)
        super().__init__(detail, errors=(problem,), headers={"Accept-Encoding": "identity"})


def has_no_body(request: Request) -> bool:
    """Whether what is sent along means nothing to this method (RFC 9110, section 9.3)."""
    return request.method in READ_ONLY


async def read_body(request: Request) -> Any:
    """The value of the JSON body, or None; FastAPI then takes the parsed value."""
    check_encoding(request)
    raw = await request.body()
    if not raw:
        return None
    if not _is_json(request.headers.get("content-type", "")):
        raise UnsupportedMediaType
    body = parse(raw)
    request._json = body  # noqa: SLF001 - Starlette's own cache of the parsed body
    return body


def check_nothing(body: Any) -> None:
    """422 for members of a body that its operation does not have."""
    if body is None or body == {}:
        return
    names = [f"/{pointer_step(name[:80])}" for name in body] if isinstance(body, dict) else [""]
    problems = [FieldProblem(f"/body{name}", "extra_forbidden", "There is no such member.") for name in names[:20]]
    raise InvalidRequest("This operation takes no body.", errors=problems)


async def file_mark(request: Request) -> list[str]:
    """Type and SHA-256 of a body that is a file: two files are never the same request."""
    check_encoding(request)
    return [request.headers.get("content-type", ""), hashlib.sha256(await request.body()).hexdigest()]


def check_encoding(request: Request) -> None:
    """415 for a packed body."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedEncoding


def _is_json(header: str) -> bool:
    said = Message()
    said["content-type"] = header
    charset = said.get_content_charset("utf-8")
    return header.strip() != "" and said.get_content_type() == "application/json" and charset in {"utf-8", "utf8"}
