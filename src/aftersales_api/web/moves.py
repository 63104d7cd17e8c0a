"""The log of moves: whatever has a table of states shows who moved it, when, from where to where and why, all in one way.

A package says once where its moves are kept, and names what it shows them of in its `routes/moves.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from pydantic import Field
from sqlalchemy import Select

from aftersales_api.infra import db
from aftersales_api.kit.wire import Instant, Output
from aftersales_api.web.caller import Tx
from aftersales_api.web.paging import Page, PageQuery
from aftersales_api.web.routing import Router


class Transition(Output):
    """One move: who made it, when, from where to where, and why."""

    entity: str = Field(description="What was moved")
    from_status: str | None = Field(description="Null: it began with this")
    to_status: str
    verb: str
    actor_type: str = Field(description="In which role it was done")
    actor_id: str
    reason: str | None
    at: Instant


class TransitionPage(Page[Transition]):
    """Every move, newest first."""


@dataclass(frozen=True, slots=True)
class MoveLog:
    """Where moves are kept: the question for those of one id, the columns it is walked by, and how one of them reads."""

    asked: Callable[[UUID], Select[Any]]
    at: Any
    row_id: Any
    shown: Callable[[Any], Transition] = Transition.model_validate

    def of(self, tag: str, path: str, ident: Any, row: type[Any], scope: str) -> Router:
        """`GET {path}/transitions` for one kind of thing; `row` is what must be there."""
        router, name = Router(tag), path.rpartition("/")[2].strip("{}")
        noun = path.split("/")[2].removesuffix("s").replace("-", "_")

        async def listed(row_id: Annotated[ident, Path(alias=name)], tx: Tx, page: PageQuery) -> TransitionPage:
            await db.get(tx, row, row_id)
            found, end = await page.run(tx, self.asked(row_id), self.at, self.row_id)
            return TransitionPage(items=[self.shown(each) for each in found], **end)

        listed.__name__ = f"list_{noun}_transitions"
        listed.__doc__ = f"Every move of the {noun.replace('_', ' ')}: who made it, when and why."
        router.get(f"{path}/transitions", scope=scope)(listed)
        return router
