"""The calls of the demo: payloads as the platforms send them, signed as they sign them."""

import base64
import hashlib
import hmac
import html
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import orjson


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook call."""

    topic: str
    body: bytes
    headers: dict[str, str]


def _mark(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _shopify(shop: dict[str, Any], topic: str, payload: dict[str, Any]) -> Call:
    way, body = shop["connections"]["shopify"], orjson.dumps(payload)
    return Call(
        topic,
        body,
        {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": way["shop_domain"],
            "X-Shopify-Webhook-Id": str(uuid4()),
            "X-Shopify-Hmac-Sha256": _mark(way["secret"], body),
        },
    )


def shopify_order(shop: dict[str, Any], run: str, number: str, now: datetime) -> Call:
    """`orders/create`: two lines, one with its share of a coupon."""
    at = now.isoformat()
    address = {
        "first_name": "Ana",
        "last_name": "García",
        "address1": "Calle Mayor 1",
        "city": "Madrid",
        "zip": "28013",
        "country_code": "ES",
    }
    lines = [
        _line(run, 1, "Bicicleta Luna 28", "499.00", "LUNA-28", [{"amount": "20.00"}]),
        _line(run, 2, "Casco Luna", "39.90", "CASCO", []),
    ]
    return _shopify(
        shop,
        "orders/create",
        {
            "id": int(f"77{run}"),
            "name": number,
            "email": f"ana.{run}@example.com",
            "created_at": at,
            "updated_at": at,
            "processed_at": at,
            "currency": "EUR",
            "subtotal_price": "518.90",
            "total_discounts": "20.00",
            "total_price": "523.80",
            "current_total_price": "523.80",
            "total_tax": "90.91",
            "taxes_included": True,
            "total_shipping_price_set": {"shop_money": {"amount": "4.90", "currency_code": "EUR"}},
            "financial_status": "paid",
            "fulfillment_status": None,
            "cancelled_at": None,
            "customer_locale": "es",
            "customer": {
                "id": int(f"88{run}"),
                "email": f"ana.{run}@example.com",
                "first_name": "Ana",
                "last_name": "García",
            },
            "line_items": lines,
            "shipping_lines": [{"id": 1, "title": "Estándar", "price": "4.90"}],
            "shipping_address": address,
            "fulfillments": [],
            "refunds": [],
        },
    )


def _line(run: str, index: int, title: str, price: str, sku: str, allocations: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": int(f"{index}{run}"),
        "title": title,
        "quantity": 1,
        "current_quantity": 1,
        "price": price,
        "sku": sku,
        "product_id": 1000 + index,
        "variant_id": 2000 + index,
        "requires_shipping": True,
        "discount_allocations": allocations,
        "tax_lines": [],
    }


def shopify_fulfilment(shop: dict[str, Any], run: str, now: datetime) -> Call:
    """`fulfillments/create`: both lines in one parcel."""
    at = now.isoformat()
    return _shopify(
        shop,
        "fulfillments/create",
        {
            "id": int(f"66{run}"),
            "order_id": int(f"77{run}"),
            "status": "success",
            "created_at": at,
            "updated_at": at,
            "tracking_company": "Correos",
            "tracking_number": f"PK{run}ES",
            "tracking_numbers": [f"PK{run}ES"],
            "tracking_urls": [f"https://www.correos.es/?n=PK{run}ES"],
            "shipment_status": None,
            "line_items": [{"id": int(f"1{run}"), "quantity": 1}, {"id": int(f"2{run}"), "quantity": 1}],
        },
    )


def aftership_delivered(shop: dict[str, Any], run: str, now: datetime) -> Call:
    """`tracking_update` with the tag Delivered."""
    at = now.isoformat()
    scan = {
        "tag": "Delivered",
        "subtag": "Delivered_001",
        "message": "Entregado",
        "checkpoint_time": at,
        "city": "Madrid",
        "country_iso3": "ESP",
    }
    payload = {
        "event": "tracking_update",
        "event_id": str(uuid4()),
        "created_at": int(now.timestamp()),
        "msg": {
            "id": f"trk{run}",
            "tracking_number": f"PK{run}ES",
            "slug": "correos",
            "tag": "Delivered",
            "subtag": "Delivered_001",
            "updated_at": at,
            "shipment_delivery_date": at,
            "checkpoints": [scan],
        },
    }
    body = orjson.dumps(payload)
    mark = _mark(shop["connections"]["aftership"]["secret"], body)
    return Call("tracking_update", body, {"Content-Type": "application/json", "aftership-hmac-sha256": mark})


def woocommerce_order(shop: dict[str, Any], run: str, number: str, now: datetime) -> Call:
    """`order.created` by a guest."""
    at = now.replace(tzinfo=None, microsecond=0).isoformat()
    billing = {
        "first_name": "Lucía",
        "last_name": "Pérez",
        "email": f"lucia.{run}@example.com",
        "country": "MX",
        "city": "Puebla",
        "postcode": "72000",
    }
    line = {
        "id": 1,
        "name": "Cafetera italiana",
        "product_id": 41,
        "variation_id": 0,
        "quantity": 2,
        "subtotal": "60.00",
        "total": "54.00",
        "total_tax": "8.64",
        "sku": "CAF-6",
        "price": 27,
    }
    payload = {
        "id": int(run),
        "number": number,
        "status": "processing",
        "currency": "MXN",
        "date_created_gmt": at,
        "date_modified_gmt": at,
        "date_paid_gmt": at,
        "customer_id": 0,
        "billing": billing,
        "shipping": billing,
        "line_items": [line],
        "discount_total": "6.00",
        "shipping_total": "10.00",
        "total_tax": "8.64",
        "total": "72.64",
        "prices_include_tax": False,
        "payment_method": "card",
        "refunds": [],
        "meta_data": [],
    }
    body = orjson.dumps(payload)
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": "order.created",
        "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Event": "created",
        "X-WC-Webhook-Delivery-ID": uuid4().hex,
        "X-WC-Webhook-Signature": _mark(shop["connections"]["woocommerce"]["secret"], body),
    }
    return Call("order.created", body, headers)


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of a hosted page."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


def answers(page: str, score: int, comment: str) -> dict[str, str]:
    """What a person would choose: the score on the scale, and a sentence."""
    scale = re.search(r'<input[^>]*type="radio"[^>]*name="([^"]+)"', page) or re.search(
        r'<input[^>]*name="([^"]+)"[^>]*type="radio"', page
    )
    area = re.search(r'<textarea[^>]*name="([^"]+)"', page)
    found = {scale[1]: str(score)} if scale else {}
    return {**found, area[1]: comment} if area else found


def resolution(api: httpx.Client) -> dict[str, Any]:
    """What closing a case asks for: a category and a resolution code."""
    categories = api.get("/v1/case-categories").json().get("items", [])
    found: dict[str, Any] = {"resolution_code": "solved"}
    return {**found, "category_id": categories[0]["id"]} if categories else found
