"""One of everything in the shop of a live server, and the ids of what is there, for the fuzzing to ask about."""

import asyncio
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

import furnished
from sample import operations

SETTLE_S = 0.5
HEADERS = {"header.Aftersales-Version": ["2026-01-01"], "header.If-Match": ["*"]}
"""What there is: most days have no form of the API, and most tags are of no version."""
OFTEN = 0.8
"""How often a parameter is one of them; else it is what its schema allows."""
ID = re.compile(r"\^([a-z]+)_\[0-7\]")


@dataclass(frozen=True, slots=True)
class LiveShop:
    """What a story works in, over the network."""

    client: httpx.AsyncClient

    def stranger(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.client.base_url)

    async def settle(self) -> None:
        """The worker's turn."""
        await asyncio.sleep(SETTLE_S)

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self.client.get("/v1/sandbox/clock")).json()["now"])


def furnish(base_url: str, api_key: str) -> str:
    """Settings of schemathesis that name what the shop has, now that it has one of everything."""
    return asyncio.run(_furnish(base_url, api_key))


async def _furnish(base_url: str, api_key: str) -> str:
    bearer = {"Authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=base_url, headers=bearer, timeout=30) as client:
        document = (await client.get("/openapi.json")).json()
        await furnished.furnish(LiveShop(client), document)
        return _settings(document, await _kept(client, document))


async def _kept(client: httpx.AsyncClient, document: dict[str, Any]) -> dict[str, set[str]]:
    """Kind of id -> those that the shop's lists show."""
    found: dict[str, set[str]] = defaultdict(set)
    for method, path, operation in operations(document):
        if method == "get" and operation["security"] != [] and "{" not in path:
            told = await client.get(path)
            for item in told.json().get("items", ()) if "json" in told.headers["content-type"] else ():
                if isinstance(item, dict) and "id" in item:
                    found[item["id"].partition("_")[0]].add(item["id"])
    return found


def _settings(document: dict[str, Any], kept: dict[str, set[str]]) -> str:
    """A parameter's name may stand for ids of several kinds: the tool takes those that the place allows."""
    values: dict[str, set[str]] = defaultdict(set)
    for _, _, operation in operations(document):
        for each in operation.get("parameters", ()):
            if match := ID.match(each.get("schema", {}).get("pattern", "")):
                values[f"{each['in']}.{each['name']}"] |= kept[match[1]]
    there = {name: sorted(ids) for name, ids in sorted(values.items()) if ids} | HEADERS
    lists = [f'[dictionaries."{name}"]\nvalues = {ids!r}' for name, ids in there.items()]
    bound = [f'"{name}" = {{ dictionary = "{name}", probability = {OFTEN} }}' for name in there]
    return "\n".join([*lists, "[parameters]", *bound])
