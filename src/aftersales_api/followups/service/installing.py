"""The flows every new shop starts with: plain data in `starter/flows.json`, published like any other."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.wording import in_language
from aftersales_api.followups.queries import flows as stored
from aftersales_api.followups.service.authoring import add_version, begin_flow, go_live
from aftersales_api.infra.db import Session
from aftersales_api.shops.queries import the_shop


@lru_cache(maxsize=1)
def starter_flows() -> list[Mapping[str, Any]]:
    """Key, name by language and definition of each starter flow."""
    text = (files("aftersales_api.followups") / "starter" / "flows.json").read_text(encoding="utf-8")
    found: list[Mapping[str, Any]] = json.loads(text)
    return found


async def install_starter(tx: Session, now: datetime) -> None:
    """Give a shop every starter flow it does not have, live at once."""
    locale = (await the_shop(tx)).default_locale
    taken = await stored.keys_taken(tx)
    for each in starter_flows():
        if each["key"] in taken:
            continue
        flow = await begin_flow(tx, each["key"], in_language(each["name"], locale) or each["key"], now)
        version = await add_version(tx, flow, FlowDefinition.model_validate(each["definition"]), "system", now)
        await go_live(tx, flow, version, now)
