"""What a request asks in its query, held against what the operation declares: a filter that nobody reads is no filter."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from urllib.parse import parse_qsl, unquote_to_bytes

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Cookie, Header, Path

from aftersales_api.kit.errors import FieldProblem, Malformed, NotFound, Unreadable
from aftersales_api.web.problems import InvalidRequest
from aftersales_api.web.strict_json import is_unfit, pointer_step

DIGITS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What one operation is asked by: names in the query, those for "any of", whole numbers there and in the path, claims."""

    names: frozenset[str]
    repeatable: frozenset[str]
    whole: frozenset[str]
    claims: frozenset[str]
    in_path: frozenset[str]

    @classmethod
    def of(cls, dependant: Dependant) -> "Asked":
        kinds = {
            field.alias: set(_kinds(field.field_info.annotation))
            for field in get_flat_params(dependant)
            if not isinstance(field.field_info, Path | Header | Cookie)
        }
        in_path = [field for field in get_flat_params(dependant) if isinstance(field.field_info, Path)]
        return cls(
            frozenset(kinds),
            frozenset(name for name, found in kinds.items() if found & {list, tuple, set, frozenset}),
            frozenset(name for name, found in kinds.items() if int in found),
            frozenset(name for name, found in kinds.items() if bool in found),
            frozenset(field.alias for field in in_path if int in _kinds(field.field_info.annotation)),
        )

    def check(self, request: Request) -> None:
        """422 for a parameter that is unknown, given twice, or not written in its one way; 404 for such a number in the path."""
        if any(
            not _is_plain(value) or value != str(int(value))
            for value in (request.path_params[name] for name in self.in_path)
        ):
            raise NotFound
        given = parse_qsl(request.url.query, keep_blank_values=True)
        problems = [*self._unknown(given), *self._repeated(given), *self._no_numbers(given), *self._no_claims(given)]
        if problems:
            raise InvalidRequest("The query has parameters that cannot be taken.", errors=problems)

    def _unknown(self, given: list[tuple[str, str]]) -> Iterator[FieldProblem]:
        for name in dict.fromkeys(name for name, _ in given if name not in self.names):
            yield FieldProblem(_pointer(name), "unknown_parameter", "This operation has no such parameter.")

    def _repeated(self, given: list[tuple[str, str]]) -> Iterator[FieldProblem]:
        names = [name for name, _ in given if name in self.names - self.repeatable]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield FieldProblem(_pointer(name), "repeated_parameter", "This parameter is given once.")

    def _no_numbers(self, given: list[tuple[str, str]]) -> Iterator[FieldProblem]:
        for name, value in given:
            if name in self.whole and not _is_plain(value):
                yield FieldProblem(_pointer(name), "int_parsing", "A whole number in the digits 0 to 9 is needed.")

    def _no_claims(self, given: list[tuple[str, str]]) -> Iterator[FieldProblem]:
        for name, value in given:
            if name in self.claims and value not in {"true", "false"}:
                yield FieldProblem(_pointer(name), "bool_parsing", "It is `true` or `false`.")


NOTHING = Asked(frozenset(), frozenset(), frozenset(), frozenset(), frozenset())


def _kinds(annotation: Any) -> Iterator[Any]:
    """The plain types behind `Annotated`, `X | None` and `list[X]`."""
    origin = get_origin(annotation)
    if origin in {Annotated, Union, UnionType}:
        for part in get_args(annotation)[: 1 if origin is Annotated else None]:
            yield from _kinds(part)
    elif origin is not None:
        yield origin
        for part in get_args(annotation):
            yield from _kinds(part)
    else:
        yield annotation


def _is_plain(value: str) -> bool:
    digits = value.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= DIGITS


def _pointer(name: str) -> str:
    """A JSON pointer (RFC 6901) to a parameter."""
    return "/query/" + pointer_step(name[:80])


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
