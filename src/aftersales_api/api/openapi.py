"""The OpenAPI 3.1 document: what the routes say, made fit for every client generator (see docs/decisions)."""

import copy
import json
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from aftersales_api.inbound.routes import door
from aftersales_api.inbound.schemas import Acknowledgement
from aftersales_api.infra.event_log import CATALOGUE, Event
from aftersales_api.outbound.policy.catalogue import data_schema
from aftersales_api.web.problems import Problem

REF = "#/components/schemas/{model}"
HEADERS = {
    "X-Request-Id": "The id of this request, for questions to us",
    "RateLimit": "What is left of the quota",
    "RateLimit-Policy": "The quota",
}
DESCRIPTION = (
    'Everything after "order placed": orders and parcels come in by webhook or REST; thanks, news, surveys, cases and refunds '
    "go out, and every automatic decision can be explained and replayed."
)


def document(app: FastAPI) -> dict[str, Any]:
    """The document of the mounted routes and of the webhooks we send."""
    made = get_openapi(
        title="aftersales-api",
        version="1.0.0",
        description=DESCRIPTION,
        routes=app.routes,
        tags=_tags(app),
        servers=[{"url": "http://127.0.0.1:8000", "description": "make run"}],
        license_info={"name": "MIT", "identifier": "MIT"},
        contact={"name": "aftersales-api", "url": "https://aftersales.example"},
        separate_input_output_schemas=False,
    )
    schemas: dict[str, Any] = made.setdefault("components", {}).setdefault("schemas", {})
    _add_problem(schemas)
    _add_senders_door(made, schemas)
    _add_webhooks(made, schemas)
    for operations in [*made["paths"].values(), *made.get("webhooks", {}).values()]:
        for operation in operations.values():
            _trim(operation)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    made["components"]["schemas"] = dict(sorted(schemas.items()))
    return made


def _tags(app: FastAPI) -> list[dict[str, str]]:
    found = sorted({str(tag) for route in app.routes for tag in getattr(route, "tags", [])})
    return [{"name": tag, "description": tag.replace("-", " ").capitalize()} for tag in [*found, "webhooks"]]


def _add_problem(schemas: dict[str, Any]) -> None:
    problem = Problem.model_json_schema(ref_template=REF)
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem


def _add_senders_door(made: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Deliveries come in by a plain route that the framework does not see."""
    schemas["Acknowledgement"] = Acknowledgement.model_json_schema(ref_template=REF, mode="serialization")
    made["paths"].update(copy.deepcopy(door.DOCUMENT))


def _add_webhooks(made: dict[str, Any], schemas: dict[str, Any]) -> None:
    for event_type, kind in sorted(CATALOGUE.items()):
        data = kind.model_json_schema(ref_template=REF)
        schemas.update(data.pop("$defs", {}))
        name = f"{kind.__name__}Event"
        schemas[f"{name}Data"] = data_schema(data)
        schemas[name] = _envelope(event_type, f"{name}Data")
        made.setdefault("webhooks", {})[event_type] = {"post": _webhook_operation(event_type, kind, name)}


def _envelope(event_type: str, data: str) -> dict[str, Any]:
    return {
        "type": "object",
        "title": event_type,
        "description": f"What is sent for {event_type}.",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": event_type},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"$ref": REF.format(model=data)},
        },
    }


def _webhook_operation(event_type: str, kind: type[Event], name: str) -> dict[str, Any]:
    return {
        "tags": ["webhooks"],
        "operationId": f"on_{event_type.replace('.', '_')}",
        "summary": kind.title or event_type,
        "description": (kind.__doc__ or event_type).strip(),
        "security": [],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(model=name)}}},
        },
        "responses": {"200": {"description": "Any 2xx says that you have it."}},
    }


def _trim(operation: dict[str, Any]) -> None:
    """No 422 of the framework; headers on every success; one line of summary."""
    operation.get("responses", {}).pop("422", None)
    for status, response in operation.get("responses", {}).items():
        if status.startswith("2") and operation.get("security") != []:
            headers = response.setdefault("headers", {})
            for name, meaning in HEADERS.items():
                headers.setdefault(name, {"description": meaning, "schema": {"type": "string"}})


@lru_cache(maxsize=1)
def _own_app() -> FastAPI:
    from aftersales_api.api.app import create_app

    return create_app()


def as_text() -> str:
    """The committed form: stable order, two spaces, a newline at the end."""
    return json.dumps(document(_own_app()), indent=2, ensure_ascii=False) + "\n"
