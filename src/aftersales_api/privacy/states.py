"""Where a request about somebody's data stands. A failed one can be asked anew: nothing is left half done."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.states import Lifecycle


class RequestStatus(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    EXPIRED = "expired"


REQUEST: Final = Lifecycle(
    start=RequestStatus.PENDING,
    moves={
        "complete": (frozenset({RequestStatus.PENDING}), RequestStatus.COMPLETED),
        "expire": (frozenset({RequestStatus.COMPLETED}), RequestStatus.EXPIRED),
    },
)
