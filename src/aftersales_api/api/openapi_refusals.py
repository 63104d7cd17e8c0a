"""Which problem codes an operation may answer with: found in the code itself, so that nobody has to remember to say it.

From the operation's function on, everything of ours that the code names is looked at: functions, methods, modules. Each refusal
named on the way is one the operation may answer with. It tells rather too much than too little: what is named need not happen.
Tests hold every refusal they get against it.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from fastapi.routing import APIRoute

from aftersales_api.infra.db import REFUSALS
from aftersales_api.kit.errors import AppError, Malformed
from aftersales_api.web.problems import code_of
from aftersales_api.web.routing import Rules

OURS: Final = "aftersales_api."
CODES: Final = "x-problem-codes"
Refusal = tuple[int, str]
ALWAYS: Final[tuple[Refusal, ...]] = (
    (400, "unreadable"),
    (413, "too_large"),
    (422, "invalid_request"),
    (422, "unfit_text"),
    (422, "out_of_range"),
    (429, "rate_limited"),
    (503, "unavailable"),
)
KEYED: Final[tuple[Refusal, ...]] = ((401, "unauthenticated"), (403, "scope_missing"))
WITH_BODY: Final[tuple[Refusal, ...]] = (
    (400, "malformed_json"),
    (415, "unsupported_media_type"),
    (415, "unsupported_encoding"),
    (422, "number_range"),
)
WITH_MEMBERS: Final[tuple[Refusal, ...]] = ((422, "amount_scale"),)
WITH_FILE: Final[tuple[Refusal, ...]] = ((415, "unsupported_encoding"),)
WRITING: Final[tuple[Refusal, ...]] = (
    (409, "conflict"),
    (412, "precondition_failed"),
    (503, "storage_full"),
)
REPEATABLE: Final[tuple[Refusal, ...]] = (
    (400, "idempotency_key_invalid"),
    (409, "idempotency_in_progress"),
    (410, "answer_erased"),
    (422, "idempotency_key_reused"),
)
# Of a way that reading shares with changing: what only a change meets. The constraints of tables are among it.
OF_CHANGES: Final = frozenset(
    {
        *REPEATABLE,
        *WITH_BODY,
        (400, "idempotency_key_required"),
        (403, "actor_not_allowed"),
        (409, "invalid_transition"),
        (412, "precondition_failed"),
        (428, "precondition_required"),
    }
)
LISTING: Final[tuple[Refusal, ...]] = ((400, "invalid_cursor"), (400, "cursor_mismatch"))
COMMON: Final = frozenset(
    {"not_found", "idempotency_key_required", "precondition_required"}
    | {code for group in (ALWAYS, KEYED, WITH_BODY, WRITING, REPEATABLE, LISTING) for _, code in group}
)
"""What operations share; the introduction explains it once, so that each tells only what is its own."""


def tell(document: dict[str, Any], routes: Mapping[str, APIRoute]) -> None:
    """Name the problems of every operation: all of them in `x-problem-codes`, its own at the end of its description."""
    for methods in document["paths"].values():
        for method, operation in methods.items():
            route = routes.get(operation["operationId"])
            if route is None:
                continue
            by_status: dict[str, list[str]] = {}
            for status, code in refusals(route, method):
                by_status.setdefault(str(status), []).append(code)
            operation[CODES] = by_status
            if told := _told(by_status):
                operation["description"] = f"{operation['description']}\n\nMay be refused with: {told}."


def _told(by_status: Mapping[str, list[str]]) -> str:
    """The operation's own problems, in a line."""
    own = {status: [f"`{code}`" for code in codes if code not in COMMON] for status, codes in by_status.items()}
    return "; ".join(f"{status} {', '.join(codes)}" for status, codes in own.items() if codes)


def refusals(route: APIRoute, method: str) -> list[Refusal]:
    """Status and code of every problem the operation may answer with, in order."""
    rules: Rules = getattr(route.endpoint, "rules", Rules())
    is_list = method == "get" and "next_cursor" in getattr(route.response_model, "model_fields", {})
    told: tuple[tuple[bool, tuple[Refusal, ...]], ...] = (
        (bool(rules.scope), KEYED),
        (method not in {"get", "delete"} and not rules.takes_form, WITH_BODY),
        (route.body_field is not None and not rules.takes_form, WITH_MEMBERS),
        (rules.takes_form, WITH_FILE),
        (is_list, LISTING),
        (method != "get", WRITING),
        (method == "post" and bool(rules.scope), REPEATABLE),
        (rules.money, ((400, "idempotency_key_required"),)),
        (rules.needs_version, ((428, "precondition_required"),)),
        ("{" in route.path_format, ((404, "not_found"),)),
    )
    found = {*ALWAYS, *_reached(route.endpoint), *(_reached(rules.before) if rules.before else ())}
    if method == "get":
        found -= OF_CHANGES | _of_constraints()
    return sorted(found.union(*(codes for applies, codes in told if applies)))


@cache
def _of_constraints() -> frozenset[Refusal]:
    """What a row that cannot be written is told as; what is not there can be met by reading, too."""
    told = {(refusal.status, code_of(refusal)) for refusal in (each() for each in REFUSALS.values())}
    return frozenset(each for each in told if each[0] != 404)


@cache
def _reached(endpoint: Any) -> frozenset[Refusal]:
    seen: set[int] = set()
    pending: list[Any] = [endpoint, *_annotated(endpoint)]
    found: set[Refusal] = set()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        found |= _said(each)
        pending += _named(each)
    return frozenset(found)


def _annotated(endpoint: Any) -> Iterator[Any]:
    """What stands at the parameters: models with validators of their own, dependencies."""
    for kind in getattr(endpoint, "__annotations__", {}).values():
        yield kind
        for extra in getattr(kind, "__metadata__", ()):
            yield getattr(extra, "dependency", None)


@cache
def _said(thing: Any) -> frozenset[Refusal]:
    """The refusals that one class or function names itself."""
    if isinstance(thing, type):
        return frozenset(_of_class(thing))
    code = _code(thing)
    if code is None or "Malformed" not in _names(code) or not _is_ours(_function(thing)):
        return frozenset()
    return frozenset((Malformed.status, word) for word in _words_of_malformed(thing))


def _of_class(kind: Any) -> Iterator[Refusal]:
    """A refusal itself, or those that the constraints of a table stand for."""
    if issubclass(kind, Malformed):
        yield from ((kind.status, word) for word in _words_of_family(kind))
    elif issubclass(kind, AppError) and kind is not AppError and isinstance(kind.code, str):
        yield from ((kind.status, code) for code in kind.codes or (kind.code,))
    table = vars(kind).get("__table__")
    if table is not None:
        for name in {str(each.name) for each in (*table.constraints, *table.indexes)} & REFUSALS.keys():
            refusal = REFUSALS[name]()
            yield refusal.status, code_of(refusal)


def _words_of_family(kind: Any) -> list[str]:
    """The words of a kind of malformed value: its own, else those of what it is a kind of."""
    family = [each for each in kind.__mro__ if issubclass(each, Malformed) and each is not Malformed]
    return next(filter(None, ([*_words_of_malformed(each)] for each in family)), [])


def _is_malformed(called: ast.expr) -> bool:
    """Whether `Malformed(…)` is made, or the part of it in one of its kinds."""
    return getattr(called, "id", "") == "Malformed" or getattr(called, "attr", "") == "__init__"


def _words_of_malformed(made_in: Any) -> Iterator[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(made_in)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_malformed(node.func):
            given = [*node.args[2:3], *(each.value for each in node.keywords if each.arg == "code")]
            yield from (each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str))


@cache
def _named(thing: Any) -> tuple[Any, ...]:
    """Everything of ours that a function or class names."""
    if isinstance(thing, type):
        return tuple(filter(None, map(_function, tuple(vars(thing).values())))) if _is_ours(thing) else ()
    function, code = _function(thing), _code(thing)
    if function is None or code is None or not _is_ours(function):
        return ()
    scope, names = function.__globals__, _names(code)
    found = [scope[name] for name in names if name in scope]
    for module in [each for each in found if isinstance(each, ModuleType) and _is_ours(each)]:
        found += [vars(module)[name] for name in names if name in vars(module)]
    found += [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return tuple(each for each in _flat(found) if _is_ours(each) and not isinstance(each, ModuleType))


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _flat(found: Iterable[Any]) -> Iterator[Any]:
    """Tables of functions, and things that have functions as members, count as what stands in them."""
    for each in found:
        if isinstance(each, dict):
            yield from _flat(each.values())
        elif isinstance(each, list | tuple | frozenset | set):
            yield from _flat(each)
        elif isinstance(each, type | FunctionType | MethodType | ModuleType):
            yield each
        elif _is_ours(type(each)):
            yield type(each)
            yield from _flat(getattr(each, part.name) for part in fields(each)) if is_dataclass(each) else ()


def _function(thing: Any) -> Any:
    inner = thing.fget if isinstance(thing, property) else getattr(thing, "__func__", thing)
    return inspect.unwrap(inner) if isinstance(inner, FunctionType) else None


def _code(thing: Any) -> CodeType | None:
    function = _function(thing)
    return function.__code__ if function is not None else None


@cache
def _names(code: CodeType) -> tuple[str, ...]:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return (*code.co_names, *(name for each in inner for name in _names(each)))


def _is_ours(thing: Any) -> bool:
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "")
    return isinstance(name, str) and name.startswith(OURS)
