"""An export as it is written, kept and read again: row by row, so that whoever has much costs no more memory than others.

It is one JSON document in which every row has a line of its own; what reads it line by line can make a table of it.
"""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import orjson

from aftersales_api.kit import spreadsheet

HEAD: Final = ("table", "row", "member", "value")
PART: Final = 64 * 1024


class Writing:
    """A document being written and packed at once; `counts` are the rows of each table so far."""

    def __init__(self, head: dict[str, Any]) -> None:
        self.counts: dict[str, int] = {}
        self._packer = zlib.compressobj()
        self._packed = bytearray()
        self._write(orjson.dumps(head)[:-1] + b',"tables":{')

    async def add(self, table: str, rows: AsyncIterator[dict[str, Any]]) -> None:
        """One table more."""
        self._write((b",\n" if self.counts else b"\n") + orjson.dumps(table) + b":[")
        count = 0
        async for row in rows:
            said = orjson.dumps(row, default=str, option=orjson.OPT_UTC_Z)
            self._write((b",\n" if count else b"\n") + said)
            count += 1
        self._write(b"\n]")
        self.counts[table] = count

    def end(self) -> bytes:
        """The whole, packed."""
        self._write(b"\n}}\n")
        return bytes(self._packed) + self._packer.flush()

    def _write(self, text: bytes) -> None:
        self._packed += self._packer.compress(text)


def as_json(packed: bytes) -> Iterator[bytes]:
    """The document, part by part."""
    unpacker, left = zlib.decompressobj(), packed
    while left:
        yield unpacker.decompress(left, PART)
        left = unpacker.unconsumed_tail
    yield unpacker.flush()


def as_csv(packed: bytes) -> Iterator[str]:
    """Table, row, member, value: one line for each thing that is kept."""
    return _gathered(spreadsheet.lines(HEAD, _cells(packed)))


def _gathered(lines: Iterator[str]) -> Iterator[str]:
    """As many lines at once as make a part worth sending."""
    part, size = list[str](), 0
    for line in lines:
        part.append(line)
        size += len(line)
        if size > PART:
            yield "".join(part)
            part, size = [], 0
    yield "".join(part)


def _cells(packed: bytes) -> Iterator[tuple[str, str, str, object]]:
    table, lines = "", _lines(packed)
    next(lines)  # the head
    for line in lines:
        if line.endswith(b":["):
            table = orjson.loads(line[:-2])
        elif line.startswith(b"{"):
            row = orjson.loads(line.removesuffix(b","))
            said = ((member, value) for member, value in row.items() if member != "id" and value is not None)
            yield from ((table, str(row["id"]), member, _plain(value)) for member, value in said)


def _lines(packed: bytes) -> Iterator[bytes]:
    """The document line by line."""
    begun = b""
    for part in as_json(packed):
        *whole, begun = (begun + part).split(b"\n")
        yield from whole


def _plain(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else value
