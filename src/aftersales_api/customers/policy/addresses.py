"""E-mail addresses and time zones of customers."""

import unicodedata

from aftersales_api.customers.policy.people import CustomerKnown
from aftersales_api.kit.country_zones import ZoneSource, choose_zone


def email_key(email: str | None) -> str | None:
    """An address as it is compared: composed, without blanks and regard to capitals; None when it is none."""
    text = unicodedata.normalize("NFKC", email or "").strip().casefold()
    return text if "@" in text and len(text) <= 254 else None


def settle_timezone(customer: CustomerKnown, shop_timezone: str) -> None:
    """Their own zone; else the main zone of the country the goods go to; else the shop's."""
    own = customer.timezone if customer.timezone_source is ZoneSource.CUSTOMER else None
    chosen = choose_zone(own, customer.country, shop_timezone)
    customer.timezone, customer.timezone_source = chosen.zone, chosen.source
