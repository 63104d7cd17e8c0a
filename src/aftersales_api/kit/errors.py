"""Refusals that a person and a machine can both read.

AppError
├── NotFound            404  not there, or not yours: the same answer
├── Malformed           422  a value has the wrong form or refers to nothing
├── Unreadable          400  the request cannot be read at all
├── PreconditionFailed  412  the resource changed since you read it
└── every package's own refusals, beside the rule that raises them
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One offending field: a pointer such as `/body/lines/0/quantity`, a code and a sentence. Never the refused value."""

    pointer: str
    code: str
    detail: str


class AppError(Exception):
    """A refusal that a rule expects: stable `code`, HTTP `status`, a sentence for people and facts for machines.

    `codes` are all it may have, where the reason chooses the code.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    codes: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.facts = facts


class NotFound(AppError):
    status, code = 404, "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing here for you.")


class Malformed(AppError):
    """422: one field has a value of the wrong form, or one that refers to nothing."""

    status, code = 422, "malformed"

    def __init__(self, detail: str, pointer: str, code: str = "malformed", **facts: Any) -> None:
        super().__init__(detail, errors=(FieldProblem(pointer, code, detail),), **facts)
        self.problem_code = code


class Unreadable(AppError):
    status, code = 400, "unreadable"


class PreconditionFailed(AppError):
    status, code = 412, "precondition_failed"

    def __init__(self) -> None:
        super().__init__("The resource changed since you read it: read it again and repeat.")
