"""CSV as RFC 4180 has it, safe to open in a spreadsheet: a text that would be read as a formula gets an apostrophe.

OWASP, "CSV Injection": cells that begin with = + - @, tab, carriage return or NUL. Numbers are left as they are.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\0")


def cell(value: object) -> object:
    """A value as it may stand in a spreadsheet; None is an empty cell."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(TRIGGERS) else value


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole table as text."""
    return "".join(lines(head, rows))


def lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The table line by line, each ended by CR LF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        writer.writerow([cell(each) for each in row])
    yield out.getvalue()
