"""Python's reader of mails, bounded: whatever stands in a mail, it is read in a time that grows with its length alone, or refused.

Left alone, the reader of headers takes minutes over some hundred kilobytes of quotation marks, fails over parameters that
contradict themselves, and makes an object of every line that looks like the border of a part.
"""

from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from typing import Any, Final

LONGEST_HEAD: Final = 200_000
LONGEST_FIELD: Final = 4_000
LONGEST_PART_FIELD: Final = 1_000
MOST_MESSAGES: Final = 150
"""Parts, and mails inside of the mail, at any depth."""


class TooManyParts(Exception):
    """No person's mail has so many."""


class _Bounded(EmailPolicy):
    """The standard policy, for which the end of an endless field, a field that cannot be read, and NUL, say nothing."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        if not isinstance(value, str):
            return value
        longest = LONGEST_PART_FIELD if name.lower().startswith("content-") else LONGEST_FIELD
        # of the mails it answers, the last ones count
        known = value[-longest:] if name.lower() == "references" else value[:longest]
        with suppress(Exception):
            return super().header_fetch_parse(name, known.replace("\0", ""))
        return self.header_factory(name, "")


def parsed(raw: bytes) -> EmailMessage:
    """The mail with its parts; TooManyParts when it has more than anybody could have meant."""
    reader: Any = BytesParser(_class=_counted(), policy=_Bounded(refold_source="none"))
    mail: EmailMessage = reader.parsebytes(raw)
    return mail


def _counted() -> Callable[..., EmailMessage]:
    made = 0

    def make(*arguments: Any, **named: Any) -> EmailMessage:
        nonlocal made
        made += 1
        if made > MOST_MESSAGES:
            raise TooManyParts
        return EmailMessage(*arguments, **named)

    return make
