"""The quote of a return on the fast path: the same rules over the same scene, kept while nothing of it changed."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.returns.queries import hot
from aftersales_api.returns.queries.scene import Scene, scene_from
from aftersales_api.returns.routes.asked import request
from aftersales_api.returns.schemas import returns as forms
from aftersales_api.returns.service import requesting
from aftersales_api.returns.service.plain_quote import plain_quote
from aftersales_api.web.hot_queries import HotQuery


def _about(said: Any) -> tuple[forms.ReturnCreate, UUID]:
    body = forms.ReturnCreate.model_validate(said)
    return body, body.order_id


def _scene(document: Any) -> Scene:
    return scene_from({**document, "recent": 0})


def _reply(found: Scene, row: Any, body: forms.ReturnCreate, now: datetime) -> bytes:
    judged, offer = requesting.quoted(replace(found, recent=row["recent"]), request(body), now)
    return orjson.dumps(plain_quote(found, judged, offer))


HOT_QUOTE = HotQuery(
    path="/v1/returns/quote",
    scope="returns:read",
    operation="quote_return",
    statement=hot.ONE,
    about=_about,
    scene=_scene,
    reply=_reply,
)
