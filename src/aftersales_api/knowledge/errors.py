"""What the knowledge base refuses."""

from aftersales_api.kit.errors import AppError, Malformed


class KbNameTaken(AppError):
    status, code = 409, "name_taken"

    def __init__(self) -> None:
        super().__init__("There is already one with this name.")


class LocaleTaken(AppError):
    status, code = 409, "locale_taken"

    def __init__(self) -> None:
        super().__init__("The article has a translation in this language already.")


class KbUnknownReference(Malformed):
    """422: a member names something that is not there."""

    def __init__(self, pointer: str) -> None:
        super().__init__("This refers to nothing of yours.", pointer, "unknown_reference")


class NotAResult(AppError):
    status, code = 409, "not_a_result"

    def __init__(self) -> None:
        super().__init__("The search did not find this article.")
