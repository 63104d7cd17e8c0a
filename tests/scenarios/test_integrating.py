"""The guide for integrators is true: each call of docs/integrating.md is sent, in its order."""

import json
import re
from pathlib import Path

import pytest

from aftersales_api.api import openapi
from aftersales_api.api.openapi import INTRODUCTION
from aftersales_api.infra.event_log import CATALOGUE
from aftersales_api.kit.ids import parse
from lab import Lab

GUIDE = Path(__file__).parents[2] / "docs" / "integrating.md"
BLOCK = re.compile(r"```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<body>.*?)```", re.DOTALL)
ELLIPSIS = re.compile(r"\b([a-z]{3})_…")
ID = re.compile(r"\b([a-z]{3})_[0-9a-z]{26}\b")


async def test_every_call_of_the_guide_succeeds(make_lab):
    lab = await make_lab()
    known, calls = {}, list(BLOCK.finditer(GUIDE.read_text()))
    assert len(calls) > 12
    for call in calls:
        answer = await _sent(lab, call, known)
        assert answer.is_success, f"{call['method']} {call['path']}: {answer.text}"
        assert answer.json().get("items") != [] or "failed" in call["path"], f"{call['path']} shows nothing"
        if call["path"] == "/v1/shops":
            lab = Lab(lab.app, lab.client, parse("shp", answer.json()["id"]), answer.json()["api_key"])
            lab.client.headers["Authorization"] = f"Bearer {lab.key}"
        for each in ID.finditer(answer.text):
            known.setdefault(each.group(1), each.group())
        await lab.settle()


async def _sent(lab, call, known):
    path, body = (ELLIPSIS.sub(lambda it: known[it.group(1)], call[part]) for part in ("path", "body"))
    return await lab.client.request(call["method"], path, json=json.loads(body) if body else None)


def test_the_event_types_it_names_exist():
    [endpoint] = (call for call in BLOCK.finditer(GUIDE.read_text()) if call["path"] == "/v1/webhook-endpoints")
    assert set(json.loads(endpoint["body"])["types"]) <= set(CATALOGUE)


@pytest.mark.parametrize("text", [GUIDE, INTRODUCTION], ids=["guide", "reference"])
def test_the_calls_named_in_passing_are_there(app, text):
    there = openapi.document(app)["paths"]
    named = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/v1/[^`?]+)", text.read_text())
    assert len(named) > 5
    assert [each for each in named if each[0].lower() not in there.get(each[1], {})] == []
