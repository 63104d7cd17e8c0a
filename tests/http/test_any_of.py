"""A filter given twice asks for any of both (design/api.md, section 4)."""

from typing import Any

import pytest

from cases_cast import posted
from flow_cast import a_flow, an_order, delivered, silence


async def keys(lab: Any, path: str, query: str, member: str = "id") -> list[str]:
    answer = await lab.client.get(f"{path}?{query}&limit=100")
    assert answer.status_code == 200, answer.text
    return sorted(item[member] for item in answer.json()["items"])


async def test_flows_of_any_of_two_states(lab: Any) -> None:
    every = await keys(lab, "/v1/flows", "status=active", "key")
    paused = (await lab.client.get(f"/v1/flows?key={every[0]}")).json()["items"][0]["id"]
    await lab.client.patch(f"/v1/flows/{paused}", json={"status": "paused"})

    assert await keys(lab, "/v1/flows", "status=active&status=paused", "key") == every
    assert await keys(lab, "/v1/flows", "status=paused", "key") == every[:1]
    assert await keys(lab, "/v1/flows", f"key={every[0]}&key={every[1]}", "key") == every[:2]


async def test_articles_of_any_of_two_states_and_audiences(lab: Any) -> None:
    made = []
    for visibility, status in (("public", "published"), ("internal", "draft"), ("public", "archived")):
        said = {"locale": "es", "title": "Lamp", "body": "Clean it.", "status": status}
        made.append((await posted(lab, "/v1/kb/articles", visibility=visibility, translations=[said]))["id"])

    assert await keys(lab, "/v1/kb/articles", "status=published&status=draft") == sorted(made[:2])
    assert await keys(lab, "/v1/kb/articles", "visibility=public&visibility=internal") == sorted(made)
    assert await keys(lab, "/v1/kb/articles", "locale=es&locale=en&visibility=internal") == made[1:2]


async def test_connections_of_any_of_two_sources(lab: Any) -> None:
    for source in ("woocommerce", "easypost", "aftership"):
        await posted(lab, "/v1/connections", source=source, name=source, secrets=["a-secret-of-this-shop"])

    assert await keys(lab, "/v1/connections", "source=woocommerce&source=easypost", "source") == [
        "easypost",
        "woocommerce",
    ]


@pytest.mark.parametrize(("kinds", "found"), [("kind=warranty&kind=maintenance", 2), ("kind=replenishment", 0)])
async def test_reminders_of_any_of_two_kinds(make_lab: Any, kinds: str, found: int) -> None:
    lab = await make_lab(clock_at="2026-05-30T06:00:00Z")
    await silence(lab)
    for kind in ("warranty", "maintenance"):
        action = {"type": "create_reminder", "kind": kind, "after": "P6M", "title": {"es": kind}}
        await a_flow(lab, {"id": "plan", "action": action}, key=kind)
    await an_order(lab)
    await lab.advance_to("2026-06-01T10:00:00Z")
    await delivered(lab)

    assert len(await keys(lab, "/v1/reminders", kinds)) == found
