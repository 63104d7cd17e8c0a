"""People, orders, calendars, policies and cases for the stories of support."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
HOLIDAYS = {
    "2026-01-01": "Año Nuevo",
    "2026-01-06": "Reyes",
    "2026-04-02": "Jueves Santo",
    "2026-04-03": "Viernes Santo",
    "2026-05-01": "Fiesta del Trabajo",
    "2026-10-12": "Fiesta Nacional",
    "2026-12-08": "Inmaculada",
    "2026-12-25": "Navidad",
}


def madrid(wall: str) -> datetime:
    """`2026-06-05 16:30` on a clock in Madrid."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)


def said(wall: str) -> str:
    """The same instant as the API writes it."""
    return madrid(wall).isoformat().replace("+00:00", "Z")


async def posted(lab: Any, path: str, expect: int = 201, **body: Any) -> dict[str, Any]:
    answer = await lab.client.post(path, json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def fetched(lab: Any, path: str, **query: Any) -> dict[str, Any]:
    answer = await lab.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def verb(lab: Any, case: dict[str, Any], name: str, **body: Any) -> Any:
    return await lab.client.post(f"/v1/cases/{case['id']}/{name}", json=body)


async def done(lab: Any, case: dict[str, Any], name: str, **body: Any) -> dict[str, Any]:
    """A verb that is meant to succeed; answers what it answers."""
    answer = await verb(lab, case, name, **body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def a_case(lab: Any, **wish: Any) -> dict[str, Any]:
    return await posted(lab, "/v1/cases", **{"subject": "It does not start", "description": "Help", **wish})


async def again(lab: Any, case: dict[str, Any]) -> dict[str, Any]:
    """The case as it is now."""
    return await fetched(lab, f"/v1/cases/{case['id']}")


async def a_category(lab: Any) -> str:
    return (await fetched(lab, "/v1/case-categories"))["items"][0]["id"]


async def resolved(lab: Any, case: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"resolution_code": "replaced", "category_id": await a_category(lab), **more}
    return await done(lab, case, "resolve", **body)


async def std(lab: Any, **wish: Any) -> dict[str, Any]:
    """Madrid, Monday to Friday 09:00 to 18:00, with the holidays of 2026."""
    weekly = [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in DAYS]
    exceptions = [{"date": day, "name": name} for day, name in HOLIDAYS.items()]
    hours = {"name": "STD", "timezone": "Europe/Madrid", "weekly": weekly, "exceptions": exceptions}
    return await posted(lab, "/v1/business-calendars", **{**hours, **wish})


def target(name: str, minutes: int, calendar: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"target": name, "minutes": minutes, "calendar_id": calendar["id"] if calendar else "24x7", **more}


async def a_policy(lab: Any, *targets: dict[str, Any], **wish: Any) -> dict[str, Any]:
    return await posted(lab, "/v1/sla-policies", **{"name": "Default", "targets": list(targets), **wish})


async def explained(lab: Any, case: dict[str, Any], name: str, **query: Any) -> dict[str, Any]:
    return await fetched(lab, f"/v1/cases/{case['id']}/sla/{name}/explain", **query)


async def an_agent(lab: Any, name: str = "Bo", **wish: Any) -> dict[str, Any]:
    return await posted(lab, "/v1/agents", **{"name": name, "status": "online", **wish})


async def a_team(lab: Any, *agents: dict[str, Any], **wish: Any) -> dict[str, Any]:
    ids = [agent["id"] for agent in agents]
    return await posted(lab, "/v1/teams", **{"name": "Desk", "strategy": "least_loaded", "agent_ids": ids, **wish})


async def an_order(lab: Any, external_id: str = "1001", email: str = "ada@example.com", **more: Any) -> dict[str, Any]:
    """An order of Ada's, as a back end sends it."""
    line = {"external_id": "1", "title": "Lamp", "quantity": 1, "unit_price": {"amount": "49.90", "currency": "EUR"}}
    body = {
        "external_id": external_id,
        "currency": "EUR",
        "financial_status": "paid",
        "customer": {"email": email},
        "email": email,
        "lines": [line],
        "total": {"amount": "49.90", "currency": "EUR"},
    }
    answer = await lab.client.post("/v1/orders", json={**body, **more})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def number(lab, metric, **asked):
    return await fetched(lab, f"/v1/metrics/support/{metric}", **{"from": "2026-05-01", "to": "2026-09-01", **asked})


async def answered_and_resolved(lab, **wish):
    case = await a_case(lab, **wish)
    await done(lab, case, "reply", body="Like this")
    await resolved(lab, case)
    return case
