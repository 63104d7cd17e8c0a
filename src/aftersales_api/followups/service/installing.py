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
from aftersales_api.followups.service.authoring import first_version
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
    missing = [each for each in starter_flows() if each["key"] not in taken]
    made = [first_version(each["key"], _name(each, locale), _ready(each["key"]), now) for each in missing]
    tx.add_all(flow for flow, _ in made)
    await tx.flush()
    tx.add_all(version for _, version in made)
    await tx.flush()


def _name(each: Mapping[str, Any], locale: str) -> str:
    return in_language(each["name"], locale) or str(each["key"])


@lru_cache(maxsize=128)
def _ready(key: str) -> FlowDefinition:
    """A starter definition, read once."""
    return FlowDefinition.model_validate(next(each["definition"] for each in starter_flows() if each["key"] == key))
