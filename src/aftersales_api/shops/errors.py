"""Refusals about shops and keys."""

from aftersales_api.kit.errors import AppError, FieldProblem


class SandboxOnly(AppError):
    status, code = 409, "sandbox_only"

    def __init__(self) -> None:
        super().__init__("Only a sandbox shop has a clock that can be moved.")


class UnknownScope(AppError):
    status, code = 422, "unknown_scope"

    def __init__(self, index: int) -> None:
        detail = "This scope does not exist."
        super().__init__(detail, errors=(FieldProblem(f"/body/scopes/{index}", self.code, detail),))


class ScopeNotYours(AppError):
    status, code = 403, "scope_not_yours"

    def __init__(self) -> None:
        super().__init__("A key cannot give scopes it does not have.")


class RateTooHigh(AppError):
    status, code = 422, "rate_too_high"

    def __init__(self, quota: int) -> None:
        detail = f"A key of a shop has at most {quota} requests a minute here; ask the operator for more."
        field = FieldProblem("/body/rate_per_minute", self.code, detail)
        super().__init__(detail, errors=(field,), quota=quota)


class KeyEnded(AppError):
    status, code = 409, "key_ended"

    def __init__(self) -> None:
        super().__init__("This key is revoked already.")


class ClockTarget(AppError):
    status, code = 422, "clock_target"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),))
