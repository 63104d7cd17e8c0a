"""Which event types an endpoint wants: a listed type means itself and all below it; an empty list means all."""

import re
from collections.abc import Sequence
from typing import Final

TYPE: Final = r"^[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*$"
LONGEST_TYPE: Final = 80
_TYPE = re.compile(TYPE)


def is_type(text: str) -> bool:
    return len(text) <= LONGEST_TYPE and _TYPE.fullmatch(text) is not None


def wants(types: Sequence[str], event_type: str) -> bool:
    """Whether the list takes the type: `order` takes `order.paid` but not `orders.paid`."""
    return not types or any(event_type == each or event_type.startswith(each + ".") for each in types)
