"""Orders where machines knock: read in one round trip, and taken together when several come at the same moment."""

from collections.abc import Sequence
from typing import Any

import orjson

from aftersales_api.infra.db import Session
from aftersales_api.orders.queries import hot, reading
from aftersales_api.orders.schemas.said import OrderCreate
from aftersales_api.orders.service import showing, upserting
from aftersales_api.web.caller import ApiCaller
from aftersales_api.web.hot_reads import HotList, HotRead
from aftersales_api.web.hot_writes import HotWrite, SomeRefused, Taken

HOT = HotRead(
    "/v1/orders",
    "ord",
    "orders:read",
    hot.ONE,
    lambda document: orjson.dumps(showing.order(document)),
    "get_order",
    HotList(hot.PAGE, hot.SOME, "list_orders"),
)


def _about(body: OrderCreate) -> tuple[str, str]:
    return body.source, body.external_id


async def _take(tx: Session, bodies: Sequence[OrderCreate], caller: ApiCaller) -> list[Taken]:
    applied = await upserting.upsert_orders(tx, bodies, now=caller.now, actor=caller.actor)
    ids = [each.order_id for each in applied if each.problem is None and each.order_id is not None]
    if len(ids) < len(applied):
        raise SomeRefused(place for place, each in enumerate(applied) if each.problem is not None)
    rows = await reading.documents(tx, ids)
    return [_taken(row, is_new=each.is_new) for row, each in zip(rows, applied, strict=True)]


def _taken(row: dict[str, Any], *, is_new: bool) -> Taken:
    shown = showing.order(row)
    return Taken(201 if is_new else 200, f"/v1/orders/{shown['id']}", shown)


HOT_UPSERT = HotWrite(
    path="/v1/orders",
    scope="orders:write",
    operation="upsert_order",
    read=OrderCreate.model_validate,
    about=_about,
    take=_take,
)
