"""An export as one table for people who have a spreadsheet."""

from collections.abc import Iterator
from typing import Any

import orjson

from aftersales_api.kit import spreadsheet

HEAD = ("table", "row", "member", "value")


def as_csv(content: bytes) -> str:
    """Table, row, member, value: one line for each thing that is kept."""
    return spreadsheet.table(HEAD, _lines(orjson.loads(content)["tables"]))


def _lines(tables: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, str, str, object]]:
    for name, rows in tables.items():
        for row in rows:
            said = ((member, value) for member, value in row.items() if member != "id" and value is not None)
            yield from ((name, str(row["id"]), member, _plain(value)) for member, value in said)


def _plain(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else value
