"""A table of the ids one asks about, so that a question about many is one statement with a lateral join."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, cast, column, func


def each_of(**ids: Sequence[UUID | None]) -> Any:
    """One row for each place of these lists of equal length, a column for each name."""
    lists = [cast(list(values), ARRAY(Uuid)) for values in ids.values()]
    return func.unnest(*lists).table_valued(*(column(name, Uuid) for name in ids), name="wanted").render_derived()
