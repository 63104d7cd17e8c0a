"""`make demo`: the main story, told with real signed calls and the sandbox clock, against the shop of `make run`."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from aftersales_api.cli import demo_calls

START_S = 120


class StoryBroken(Exception):
    """Something did not happen that the story needs."""


def tell(folder: Path) -> int:
    """Tell it; 0 when everything happened, 1 with a sentence when not."""
    try:
        with _server(folder) as shop:
            Story(shop).tell()
    except StoryBroken as broken:
        print(f"\nThe story broke off: {broken}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _server(folder: Path) -> Iterator[dict[str, Any]]:
    """The shop of a running server, or of one started for the story and stopped after it."""
    path = folder / "demo.json"
    if (shop := _answering(path)) is not None:
        yield shop
        return
    print("No server is running here: starting one for the story.")
    own = subprocess.Popen([sys.executable, "-m", "aftersales_api", "dev"], env=os.environ, stdout=subprocess.DEVNULL)
    try:
        for _ in range(START_S * 5):
            if own.poll() is not None:
                raise StoryBroken("the server did not start")
            if (shop := _answering(path)) is not None:
                yield shop
                return
            time.sleep(0.2)
        raise StoryBroken("the server did not answer in time")
    finally:
        own.terminate()
        own.wait(30)


def _answering(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    shop: dict[str, Any] = json.loads(path.read_text())
    try:
        key = {"Authorization": f"Bearer {shop['api_key']}"}
        return shop if httpx.get(f"{shop['base_url']}/v1/shop", headers=key, timeout=2).status_code == 200 else None
    except httpx.HTTPError:
        return None


class Story:
    """The steps, each with a line of what happened."""

    def __init__(self, shop: dict[str, Any]) -> None:
        self.shop = shop
        self.api = httpx.Client(
            base_url=shop["base_url"], headers={"Authorization": f"Bearer {shop['api_key']}"}, timeout=620
        )
        self.run = str(int(time.monotonic() * 1000))[-8:]

    def tell(self) -> None:
        order = self._an_order_from_shopify()
        self._it_ships_and_arrives(order)
        token = self._seven_days_later(order)
        self._an_unhappy_answer(order, token)
        self._the_case_is_solved(order)
        self._a_guest_in_spanish()
        self._the_numbers()

    # --- the steps ---

    def _an_order_from_shopify(self) -> dict[str, Any]:
        self._say("Ana orders at a Shopify shop", f"sandbox clock {self._now():%Y-%m-%d %H:%M} UTC")
        number = f"#D{self.run}"
        self._deliver("shopify", demo_calls.shopify_order(self.shop, self.run, number, self._now()))
        order = self._order(number)
        self._note(f"order {order['number']} {order['total']['amount']} {order['total']['currency']} ({order['id']})")
        self._mail(order, "order_confirmation")
        return order

    def _it_ships_and_arrives(self, order: dict[str, Any]) -> None:
        self._advance("P1D")
        self._say("The shop ships it, AfterShip reports the delivery")
        self._deliver("shopify", demo_calls.shopify_fulfilment(self.shop, self.run, self._now()))
        self._mail(order, "order_shipped")
        self._advance("P2D")
        self._deliver("aftership", demo_calls.aftership_delivered(self.shop, self.run, self._now()))
        seen = self._until(
            lambda: self._get(f"/v1/orders/{order['id']}"), lambda found: found["delivered_at"], "delivery"
        )
        self._note(f"delivered at {seen['delivered_at']}")

    def _seven_days_later(self, order: dict[str, Any]) -> str:
        self._say("Seven days go by in a moment")
        self._advance("P8D")
        for run in self._get("/v1/runs", order_id=order["id"])["items"]:
            self._note(f"flow {run['flow_key']}: {run['state']}")
        mail = self._mail(order, "nps_survey")
        found = re.search(r"/[sr]/([A-Za-z0-9_-]{20,})", f"{mail.get('text')} {mail.get('html')}")
        if found is None:
            raise StoryBroken("the survey mail has no link")
        return found[1]

    def _an_unhappy_answer(self, order: dict[str, Any], token: str) -> None:
        self._say("Ana answers 3 on the survey page: a case opens by itself")
        page = httpx.get(f"{self.shop['base_url']}/s/{token}", timeout=20)
        form = demo_calls.form_of(page.text)
        form.update(demo_calls.answers(page.text, 3, "Llegó con un golpe en la caja."))
        sent = httpx.post(f"{self.shop['base_url']}/s/{token}", data=form, timeout=20)
        if sent.status_code not in {200, 303}:
            raise StoryBroken(f"the survey page answered {sent.status_code}")
        case = self._until(lambda: self._get("/v1/cases", order_id=order["id"])["items"], bool, "a case")[0]
        self._note(f"case {case['number']}: {case['subject']} ({case['status']}, {case['priority']})")

    def _the_case_is_solved(self, order: dict[str, Any]) -> None:
        self._say("An agent solves it; some days later Ana is asked whether all is well")
        case = self._get("/v1/cases", order_id=order["id"])["items"][0]
        self._post(f"/v1/cases/{case['id']}/resolve", demo_calls.resolution(self.api))
        self._advance("P10D")
        self._mail(order, "case_checkback")
        self._note("her whole story:")
        customer = self._get(f"/v1/orders/{order['id']}")["customer"]["id"]
        for line in self._get(f"/v1/customers/{customer}/timeline", limit=100, oldest_first=True)["items"]:
            about = next((line["data"][name] for name in ("flow_key", "kind", "number") if line["data"].get(name)), "")
            self._note(f"  {line['occurred_at'][:16]}  {line['title']}{about and f' ({about})'}")

    def _a_guest_in_spanish(self) -> None:
        self._say("A guest orders at a WooCommerce shop, in Spanish")
        number = f"W{self.run}"
        self._deliver("woocommerce", demo_calls.woocommerce_order(self.shop, self.run, number, self._now()))
        mail = self._mail(self._order(number), "order_confirmation")
        self._note(f"to {mail['to']} in {mail['locale']}")

    def _the_numbers(self) -> None:
        self._say("What the shop reads in its numbers")
        for name in ("nps", "response_rate"):
            found = self._get(f"/v1/metrics/{name}")
            self._note(
                f"{name}: {found['value']} (n = {found['n']}, interval {found.get('ci_low')} to {found.get('ci_high')})"
            )
        print(f"\nAll mails: {self.shop['base_url']}/mailbox   reference: {self.shop['base_url']}/docs")

    # --- how they are done ---

    def _get(self, path: str, **query: Any) -> Any:
        answer = self.api.get(path, params=query)
        if answer.status_code != 200:
            raise StoryBroken(f"GET {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.api.post(path, json=body)
        if answer.status_code >= 300:
            raise StoryBroken(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._get("/v1/sandbox/clock")["now"])

    def _advance(self, by: str) -> None:
        moved = self._post("/v1/sandbox/clock", {"advance_by": by})
        told = ", ".join(
            f"{count} {name}" for name, count in moved["events"].items() if name.startswith(("message.sent", "survey"))
        )
        self._note(f"clock moved by {by} to {moved['now'][:16]}{': ' + told if told else ''}")

    def _deliver(self, source: str, call: demo_calls.Call) -> None:
        answer = httpx.post(
            self.shop["connections"][source]["url"], content=call.body, headers=call.headers, timeout=20
        )
        if answer.status_code != 200 or answer.json()["status"] != "accepted":
            raise StoryBroken(f"{source} delivery answered {answer.status_code}: {answer.text[:300]}")
        self._note(f"{source} {call.topic}: {answer.json()['status']} as {answer.json()['id']}")

    def _order(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self._until(
            lambda: self._get("/v1/orders", number=number)["items"], bool, f"order {number}"
        )[0]
        return found

    def _mail(self, order: dict[str, Any], template: str) -> dict[str, Any]:
        def sent() -> list[Any]:
            items = self._get("/v1/messages", order_id=order["id"], limit=100)["items"]
            return [each for each in items if each["template"] == template and each["status"] in {"sent", "delivered"}]

        mail: dict[str, Any] = self._get(f"/v1/messages/{self._until(sent, bool, f'mail {template}')[0]['id']}")
        self._note(f"mail: {mail['subject']}")
        return mail

    def _until(self, look: Any, good: Any, what: str, seconds: float = 30) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = look()
            if good(found):
                return found
            time.sleep(0.2)
        raise StoryBroken(f"{what} did not come")

    def _say(self, line: str, more: str = "") -> None:
        print(f"\n{line}{' - ' + more if more else ''}", flush=True)

    def _note(self, line: str) -> None:
        print(f"   {line}", flush=True)
