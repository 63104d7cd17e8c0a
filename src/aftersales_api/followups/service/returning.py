"""What messages show of returns, refunds, swaps, claims, repairs, appointments and warranties: the members of the event that caused them."""

from collections.abc import Mapping
from typing import Any

from aftersales_api.followups.actions import Act
from aftersales_api.followups.queries import matters
from aftersales_api.infra.db import Session

NAMES = {"warranty_claim": "claim"}


async def told(tx: Session, act: Act) -> dict[str, Any]:
    """The object of the event's own family, under the name its templates use."""
    family, _, word = act.trigger.type.partition(".")
    said = {**act.trigger.data, "event": word}
    match family:
        case "return":
            return {"return": {**_return(said), "url": await matters.own_page(tx, act.order_id)}}
        case "refund":
            return {"refund": await _refund(tx, act, said)}
        case "exchange":
            return {"exchange": _exchange(said)}
        case "claim" | "warranty_claim" | "warranty":
            return {NAMES.get(family, family): said}
        case "repair":
            return {"repair": {**said, "total": said.get("quote")}}
        case "appointment":
            return {"appointment": {**said, "location": await matters.place_of(tx, said.get("appointment_id"))}}
        case "store_credit":
            return {"store_credit": said}
    return {}


def _return(said: Mapping[str, Any]) -> dict[str, Any]:
    detail = said.get("detail") or {}
    return {
        "number": said.get("rma_number"),
        "event": said["event"],
        "status": said.get("status"),
        "deadline_at": said.get("expires_at"),
        "label_url": detail.get("label_url"),
        "question": detail.get("question"),
        "reason": str(detail.get("reason_code") or "").replace("_", " ") or None,
        "about": detail.get("about"),
        "carrier": detail.get("carrier"),
        "tracking_number": detail.get("tracking_number"),
    }


async def _refund(tx: Session, act: Act, said: Mapping[str, Any]) -> dict[str, Any]:
    titles = await matters.titles(tx, act.order_id) if act.order_id else {}
    shipping = said.get("shipping") or {}
    return {
        "event": said["event"],
        "amount": said.get("amount"),
        "method": (said.get("allocations") or [{}])[0].get("method"),
        "reason": said.get("kind"),
        "has_shipping": shipping.get("amount", "0").strip("0.") != "",
        "shipping": shipping,
        "lines": [{**each, "title": titles.get(each.get("order_line_id"))} for each in said.get("lines") or ()],
        "fees": said.get("fees") or [],
    }


def _exchange(said: Mapping[str, Any]) -> dict[str, Any]:
    detail = said.get("detail") or {}
    return {
        "event": said["event"],
        "difference": said.get("difference"),
        "amount": detail.get("amount"),
        "deadline_at": said.get("return_deadline"),
        "payment_url": detail.get("payment_url"),
    }
