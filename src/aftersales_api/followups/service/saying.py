"""Saying something for a flow: what is filled in, through the one door of `messages`, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.followups.actions import Act, Outcome
from aftersales_api.followups.policy.wording import in_language
from aftersales_api.followups.queries import matters
from aftersales_api.followups.service import returning
from aftersales_api.infra.db import Session
from aftersales_api.kit.calendar import Duration
from aftersales_api.kit.ids import parse, show
from aftersales_api.messages.models import ContactDecisionRow
from aftersales_api.messages.service.queueing import MessageRequest, Queued, queue_all
from aftersales_api.messages.states import DecisionReason, Verdict

# What makes the whole run pointless, not only this one message.
ENDS_THE_RUN: Final = frozenset({DecisionReason.ORDER_CANCELLED, DecisionReason.ITEM_RETURNED})


async def say(tx: Session, act: Act, now: datetime, template_key: str, **wish: Any) -> tuple[Outcome, Queued | None]:
    """Ask for a message; the outcome says whether it goes out, waits, or was dropped, and why."""
    [said] = await say_all(tx, [(act, template_key, wish)], now)
    return said


async def say_all(
    tx: Session, asked: Sequence[tuple[Act, str, Mapping[str, Any]]], now: datetime
) -> list[tuple[Outcome, Queued | None]]:
    """The same for several runs with few statements; the outcomes stand in the order of the asking."""
    heard = [each for each in asked if each[0].customer_id is not None or each[2].get("to") is not None]
    queued = iter(await queue_all(tx, [_request(*each) for each in heard], now))
    found: list[tuple[Outcome, Queued | None]] = []
    for act, _, wish in asked:
        if act.customer_id is None and wish.get("to") is None:
            found.append((Outcome(verdict="skipped", why="no_customer"), None))
        else:
            one = next(queued)
            found.append((outcome_of(one, act.key), one))
    return found


def _request(act: Act, template_key: str, wish: Mapping[str, Any]) -> MessageRequest:
    return MessageRequest(
        **{
            "template_key": template_key,
            "dedupe_key": act.key,
            "customer_id": act.customer_id,
            "order_id": act.order_id,
            "run_id": act.run_id,
            "due_at": act.planned_at,
            "ttl": exact(act.ttl),
            "subject_ref": (act.entity.type, act.entity.id),
            **wish,
        }
    )


def outcome_of(queued: Queued, key: str) -> Outcome:
    """What became of a message, as a run's history says it."""
    refs = {"message_id": show("msg", queued.message.id)}
    if not queued.is_new and queued.message.dedupe_key != key:
        return Outcome(verdict="skipped", why=f"this order already has its {queued.message.kind}", refs=refs)
    decision = queued.decision
    if decision is None:
        return Outcome(verdict="done", why="handed to messages", refs=refs)
    return _decided(decision, {**refs, "decision_id": show("dec", decision.id)})


def _decided(decision: ContactDecisionRow, refs: Mapping[str, Any]) -> Outcome:
    if decision.verdict == Verdict.SEND:
        return Outcome(verdict="done", why="may be sent", refs=refs)
    reason = decision.reason or "contact_policy"
    if decision.verdict == Verdict.DEFER:
        return Outcome(verdict="deferred", why=reason, refs=refs)
    return Outcome(verdict="dropped", why=reason, refs=refs, stops=reason if reason in ENDS_THE_RUN else None)


def exact(length: Duration) -> timedelta:
    """A time to live as elapsed time: a calendar day is 24 hours, a month 30 days."""
    return timedelta(days=30 * length.months + length.days, seconds=length.seconds)


async def context_of(tx: Session, act: Act) -> dict[str, Any]:
    """What the message may show besides shop, customer and order: parcel, problem, case, product, score."""
    found: dict[str, Any] = {}
    shipment_id = act.trigger.entity_id("shipment")
    if shipment_id is not None:
        found["shipment"] = await matters.shipment(tx, shipment_id)
        found["problem"] = _problem(act, found["shipment"] or {})
    case_id = act.trigger.entity_id("case") or parse("cas", str(act.results.get("case_id", "")))
    if case_id is not None:
        found["case"] = await matters.case(tx, case_id)
    if act.trigger.type.startswith("survey."):
        found["score"] = await _score(tx, act)
    found |= await returning.told(tx, act)
    products = kept_products(act)
    found |= {"product": products[0] if len(products) == 1 else None, "tips": _tips(act), "guides": _guides(act)}
    return {name: value for name, value in found.items() if value is not None}


def kept_products(act: Act) -> list[dict[str, Any]]:
    """The products of the order, or of the line the run is about, that the customer keeps; each once."""
    found = {
        line["product_id"] or line["product_external_id"] or line["sku"] or line["id"]: {
            "id": show("prd", UUID(line["product_id"])) if line["product_id"] else None,
            "title": line["title"],
            "sku": line["sku"],
            "category": line["category"],
            "url": (line["product"] or {}).get("guide_url"),
        }
        for line in kept_lines(act)
    }
    return list(found.values())


def kept_lines(act: Act) -> list[Mapping[str, Any]]:
    """The lines the run is about, of which the customer keeps something."""
    return [line for line in act.facts.lines if act.entity.type != "line" or line["id"] == str(act.entity.id)]


def _tips(act: Act) -> list[str]:
    """The advice for each product, in the customer's language."""
    fields = act.facts.fields
    languages = [str(fields.get(name) or "") for name in ("customer.locale", "order.locale", "shop.locale")]
    said = [in_language((line["product"] or {}).get("tips"), *languages) for line in kept_lines(act)]
    return list(dict.fromkeys(tip for tip in said if tip))


def _guides(act: Act) -> list[dict[str, str]]:
    products = [line["product"] for line in kept_lines(act) if line["product"]]
    found = {product["guide_url"]: product["title"] for product in products if product["guide_url"]}
    return [{"title": title, "url": url} for url, title in found.items()]


def review_url(act: Act) -> str | None:
    """Where the product is reviewed, when the order holds one that says so."""
    urls = [(line["product"] or {}).get("review_url") for line in kept_lines(act)]
    return next((url for url in urls if url), None)


def kept_product_ids(act: Act) -> frozenset[UUID]:
    """Their ids, for rules that count by product."""
    return frozenset(UUID(line["product_id"]) for line in act.facts.lines if line["product_id"])


def _problem(act: Act, shipment: Mapping[str, Any]) -> dict[str, Any]:
    is_delay = act.trigger.type == "shipment.delayed"
    estimate = shipment.get("estimated_delivery_at") if is_delay else None
    return {"kind": "delay" if is_delay else "problem", "message": None, "new_estimate_at": estimate}


async def _score(tx: Session, act: Act) -> dict[str, Any]:
    said = act.trigger.data
    response_id = parse("rsp", str(said.get("response_id", "")))
    return {
        "value": said.get("score"),
        "kind": said.get("kind"),
        "survey": said.get("survey_key"),
        "comment": await matters.comment(tx, response_id) if response_id else None,
    }
