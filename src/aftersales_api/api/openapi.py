"""The OpenAPI 3.1 document: what the routes say, made fit for every client generator (see docs/decisions)."""

import copy
import inspect
import json
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from aftersales_api.api import openapi_dress, openapi_examples, openapi_names, openapi_refusals, openapi_words
from aftersales_api.inbound.routes import receive
from aftersales_api.inbound.schemas import Acknowledgement
from aftersales_api.infra.event_log import CATALOGUE, Event
from aftersales_api.outbound.policy.catalogue import ENVELOPE, MONEY, data_name, data_schema
from aftersales_api.outbound.policy.noted import noted
from aftersales_api.web.etags import routes_of
from aftersales_api.web.problems import PROBLEM_RESPONSE, Problem

REF = "#/components/schemas/{model}"
INTRODUCTION: Final = Path(__file__).resolve().parent / "introduction.md"
_made: WeakKeyDictionary[FastAPI, dict[str, Any]] = WeakKeyDictionary()


def document(app: FastAPI) -> dict[str, Any]:
    """The document of the mounted routes and of the webhooks we send; made once for an app."""
    if app not in _made:
        _made[app] = _make(app)
    return _made[app]


def _make(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title="aftersales-api",
        version="1.0.0",
        description=INTRODUCTION.read_text("utf-8"),
        routes=app.routes,
        servers=[{"url": "http://127.0.0.1:8000", "description": "make run"}],
        license_info={"name": "MIT", "identifier": "MIT"},
        contact={"name": "aftersales-api", "url": "https://aftersales.example"},
        separate_input_output_schemas=False,
    )
    components: dict[str, Any] = made.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    _add_problem(components)
    _add_senders_door(made, schemas)
    _add_webhooks(made, schemas)
    rules = {route.name: getattr(route.endpoint, "rules", None) for route in routes_of(app)}
    openapi_dress.dress(made, rules)
    openapi_refusals.tell(made, {route.name: route for route in routes_of(app)})
    openapi_names.name_enums(made)
    openapi_names.name_unions(made)
    openapi_names.open_wildcards(made)
    openapi_names.drop_unused(made)
    openapi_words.tell(made)
    openapi_names.drop_titles([made["paths"], made["components"]])
    openapi_examples.show(made)
    made["tags"] = openapi_dress.tags(made)
    components["schemas"] = {name: {**each, "title": name} for name, each in sorted(components["schemas"].items())}
    return made


def _add_problem(components: dict[str, Any]) -> None:
    problem = Problem.model_json_schema(ref_template=REF)
    components["schemas"].update(problem.pop("$defs", {}))
    components["schemas"]["Problem"] = problem
    components["responses"] = {"Problem": copy.deepcopy(PROBLEM_RESPONSE)}


def _add_senders_door(made: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Deliveries come in by a plain route that the framework does not see."""
    schemas["Acknowledgement"] = Acknowledgement.model_json_schema(ref_template=REF, mode="serialization")
    made["paths"].update(copy.deepcopy(receive.DOCUMENT))


EVENT_SUBJECT: Final = "EventSubject"


def _add_webhooks(made: dict[str, Any], schemas: dict[str, Any]) -> None:
    """One entry for each event, its payload as a component, and the subject all of them share."""
    for event_type, kind in sorted(CATALOGUE.items()):
        model = kind.model_json_schema(ref_template=REF, mode="serialization")
        schemas.update(model.pop("$defs", {}))
        name = f"{kind.__name__}Event"
        data = data_schema(model)
        subject = data["properties"]["subject"]
        schemas[EVENT_SUBJECT] = {**subject["anyOf"][0], "description": subject["description"]}
        shown = {"anyOf": [{"$ref": REF.format(model=EVENT_SUBJECT)}, {"type": "null"}]}
        data["properties"]["subject"] = {**shown, "description": subject["description"]}
        data["properties"] = {name: _by_reference(each) for name, each in data["properties"].items()}
        told = data_name(kind.__name__)
        schemas[told] = {"description": f"What `{event_type}` tells.", **data}
        schemas[name] = _envelope(event_type, told)
        made.setdefault("webhooks", {})[event_type] = {"post": _webhook_operation(event_type, kind, name)}


def _by_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """Money is one component, wherever it stands."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_by_reference(each) for each in schema["anyOf"]]}
    if schema.get("properties") != MONEY["properties"]:
        return schema
    rest = {key: value for key, value in schema.items() if key not in MONEY}
    return {"$ref": REF.format(model="MoneyAmount"), **rest}


def _envelope(event_type: str, data: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"What is sent for `{event_type}`.",
        "required": ["type", "timestamp", "data"],
        "properties": {
            **ENVELOPE,
            "type": {**ENVELOPE["type"], "const": event_type},
            "data": {
                "$ref": REF.format(model=data),
                "description": "What the event tells, beside what every event does",
            },
        },
    }


def _webhook_operation(event_type: str, kind: type[Event], name: str) -> dict[str, Any]:
    payload = {"schema": {"$ref": REF.format(model=name)}, "example": copy.deepcopy(noted(event_type))}
    return {
        "tags": ["webhooks"],
        "operationId": f"on_{event_type.replace('.', '_')}",
        "summary": kind.title or event_type,
        "description": _about(kind),
        "security": [],
        "requestBody": {"required": True, "content": {"application/json": payload}},
        "responses": {"200": {"description": "Any 2xx says that you have it."}},
    }


def _about(kind: type[Event]) -> str:
    """What happened, and what its data says: its own words, else those of the events it is one of."""
    kinds = kind.__mro__[: kind.__mro__.index(Event)]
    words = next((inspect.cleandoc(each.__doc__) for each in kinds if each.__doc__), "")
    if kind.__doc__ or not words:
        return words or f"{kind.title}."
    return f"{kind.title}. Its data: {words[0].lower()}{words[1:]}"


def as_text(app: FastAPI) -> str:
    """The committed form: stable order, two spaces, a newline at the end."""
    return json.dumps(document(app), indent=2, ensure_ascii=False) + "\n"
