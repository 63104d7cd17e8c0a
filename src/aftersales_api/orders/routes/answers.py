"""Documents as answers: JSON once, with the version as ETag."""

from typing import Any

import orjson
from fastapi import Response


def document(body: dict[str, Any], *, status: int = 200, location: str | None = None) -> Response:
    """A resource as the answer."""
    headers = {"Location": location} if location else None
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")


def document_page(items: list[dict[str, Any]], end: dict[str, Any]) -> Response:
    """A page of resources as the answer."""
    return Response(orjson.dumps({"items": items, **end}), media_type="application/json")
