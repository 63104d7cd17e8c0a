"""Every JSON answer of a test is held against the document: status, headers, and no member too many or too few."""

import copy
import json
import os
import pickle
import re
from functools import cache
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import aftersales_api
import conventions
import examples
from aftersales_api.api import openapi
from aftersales_api.web import etags

DOCUMENT = "urn:document"
TOLD = {"etag", "location", "link", "retry-after", "idempotency-replayed", "deprecation", "sunset"}
DUE = {401: ["WWW-Authenticate"], 405: ["Allow"], 429: ["Retry-After"], 503: ["Retry-After"]}
SOURCES = Path(aftersales_api.__file__).parent
KEPT = Path(__file__).parents[1] / ".build" / "document"


def check(app):
    """An httpx hook that fails the test when an answer of /v1 is not what the document promises."""

    async def hook(response: httpx.Response) -> None:
        path = response.request.url.path
        if path.startswith("/v1/"):
            await response.aread()
            wrong = promises(app).broken_by(response) or await repeated.differs(response)
            assert wrong is None, (
                f"{response.request.method} {path} {response.status_code}: {wrong}\n{response.text[:2000]}"
            )
            examples.note(promises(app), response)

    repeated = Repeated(app)
    return hook


class Repeated:
    """The first success of each POST is asked for again under its key: the same answer, and nothing done twice."""

    seen: ClassVar = set()

    def __init__(self, app):
        self.app = app

    def key(self):
        """A request hook that gives keys to POSTs which were not repeated yet."""

        async def hook(request: httpx.Request) -> None:
            operation = self._operation(request)
            if operation and not _has_parameter(operation, "IdempotencyKeyRequired"):
                request.headers.setdefault("Idempotency-Key", uuid4().hex)

        return hook

    def _operation(self, request):
        """The operation of a POST that takes a key and was not repeated yet."""
        if request.method != "POST" or not request.url.path.startswith("/v1/"):
            return None
        found = promises(self.app).operation("POST", request.url.path)
        takes_key = found and (
            _has_parameter(found, "IdempotencyKey") or _has_parameter(found, "IdempotencyKeyRequired")
        )
        return found if takes_key and found["operationId"] not in self.seen else None

    async def differs(self, response):
        """What is wrong with the second answer, or None."""
        request, operation = response.request, self._operation(response.request)
        if operation is None or not response.is_success or "idempotency-key" not in request.headers:
            return None
        if "idempotency-replayed" in response.headers or not isinstance(request.stream, httpx.ByteStream):
            return None
        self.seen.add(operation["operationId"])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as plain:
            again = await plain.request("POST", request.url, content=request.content, headers=request.headers)
        if again.status_code == 401:  # the key that asked was ended by its own request
            return None
        same = (again.status_code, again.content) == (response.status_code, response.content)
        is_marked = again.headers.get("idempotency-replayed") == "true"
        return None if same and is_marked else f"the repetition answered {again.status_code} {again.text[:300]}"


def _has_parameter(operation, name):
    return {"$ref": f"#/components/parameters/{name}"} in operation.get("parameters", ())


@cache
def promises(app):
    return Promises(_document(app))


def _document(app):
    """The app's document; making it takes seconds, so it is kept until a source file changes."""
    stamp = max(each.stat().st_mtime_ns for each in SOURCES.rglob("*.py"))
    kept = KEPT / f"{stamp}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    made = openapi.document(app)
    KEPT.mkdir(parents=True, exist_ok=True)
    outlived = list(KEPT.glob("*.pickle"))
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(pickle.dumps(made))
    fresh.replace(kept)
    for each in outlived:
        if each != kept:
            each.unlink(missing_ok=True)
    return made


class Promises:
    """The document, ready to be asked about answers."""

    def __init__(self, document):
        closed = copy.deepcopy(document)
        for schema in closed["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self.document = closed
        self.registry = Registry().with_resource(DOCUMENT, Resource(closed, DRAFT202012))
        self.by_length = {}
        for path, methods in sorted(closed["paths"].items(), key=lambda each: each[0].count("{")):
            form = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path)))
            self.by_length.setdefault(path.count("/"), []).append((form, methods))
        self.validator = cache(self._validator)
        self.seen = {}

    def _validator(self, reference):
        return Draft202012Validator({"$ref": DOCUMENT + reference}, registry=self.registry)

    def operation(self, method, path):
        for form, methods in self.by_length.get(path.count("/"), ()):
            if form.fullmatch(path) and method.lower() in methods:
                return methods[method.lower()]
        return None

    def broken_by(self, response):
        """What the answer breaks, or None."""
        return self._by_document(response) or self._by_tag(response)

    def _by_tag(self, response):
        """One tag, one representation: a version that does not rise with a change would let writers overwrite each other."""
        request, tag = response.request, response.headers.get("etag")
        if tag is None or request.method != "GET" or response.status_code != 200:
            return None
        place = (request.headers.get("authorization"), str(request.url), tag)
        known = self.seen.setdefault(place, response.content)
        different = {} if known == response.content else _difference(known, response)
        return f"{tag} stood for another content: {different}" if different.keys() - etags.READ_AT else None

    def _by_document(self, response):
        status = str(response.status_code)
        method = response.request.method.replace("HEAD", "GET")
        operation = self.operation(method, response.request.url.path)
        if operation is None:
            return self._problem(response) if status in {"404", "405"} else "not an operation of the document"
        if status[0] in "45":
            return self._problem(response) or self._code(operation, response)
        promised = operation["responses"].get(status) or operation["responses"].get(f"{status[0]}XX")
        if promised is None:
            return "undocumented status"
        if "$ref" in promised:
            promised = self.document["components"]["responses"][promised["$ref"].rpartition("/")[2]]
        return self._headers(status, promised, response) or self._body(promised, response)

    def _headers(self, status, promised, response):
        due = {"X-Request-Id", "ETag", "RateLimit"} & promised.get("headers", {}).keys()
        due |= {"Location"} if status == "201" else set()
        due |= {"Location"} & promised.get("headers", {}).keys() if status == "202" else set()
        if status == "304":
            due = {"ETag"}
        missing = sorted(name for name in due if name not in response.headers)
        if missing:
            return f"headers missing: {missing}"
        untold = sorted((TOLD & set(response.headers)) - {name.lower() for name in promised.get("headers", {})})
        return f"headers that the document does not name: {untold}" if untold else None

    def _body(self, promised, response):
        content = promised.get("content")
        if not content:
            return "a body where none is promised" if response.content else None
        if response.request.method == "HEAD":
            return "a body for HEAD" if response.content else None
        media = response.headers.get("content-type", "").partition(";")[0]
        if media not in content:
            return f"media type {media}"
        if media != "application/json":
            return None
        reference = content[media]["schema"]["$ref"]
        return self._first(reference, response)

    def _problem(self, response):
        if response.headers.get("content-type", "") != "application/problem+json":
            return "a refusal that is not problem+json"
        due = {"X-Request-Id", "RateLimit", "RateLimit-Policy", *DUE.get(response.status_code, ())}
        if missing := sorted(name for name in due if name not in response.headers):
            return f"headers missing: {missing}"
        if response.request.method == "HEAD":
            return None
        body = response.json()
        if (body["status"], body["type"]) != (response.status_code, f"/problems/{body['code']}"):
            return "a problem that contradicts itself"
        return self._first("#/components/schemas/Problem", response)

    def _code(self, operation, response):
        """Clients read in the document what they may be refused with; other methods (405) and our faults (500) are not of it."""
        if response.status_code in {405, 500} or response.request.method == "HEAD":
            return None
        status, code = str(response.status_code), response.json()["code"]
        named = operation.get("x-problem-codes", {}).get(status, ())
        return None if code in named else f"{operation['operationId']} does not name {status} {code}"

    def _first(self, reference, response):
        body = response.json()
        wrong = next(self.validator(reference).iter_errors(body), None)
        return f"{wrong.json_path}: {wrong.message[:300]}" if wrong else conventions.odd(body)


def _difference(known, response):
    before, now = json.loads(known), response.json()
    return {name: (before.get(name), value) for name, value in now.items() if before.get(name) != value}
