"""What all answers have in common, whatever they show: instants, days and money written one way."""

import re

from aftersales_api.kit.money import CURRENCIES, exponent

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OCCASIONS = {"fires_on", "exit_on", "pause_on"}
AS_THEY_CAME = {"payload", "body", "tables", "schema"}
"""Members with what somebody else wrote, with stored rows as they are, or with the form of an answer instead of one."""
RAW_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?")


def odd(value, place=""):
    """The first place that is written otherwise, or None."""
    if isinstance(value, list):
        return next(filter(None, (odd(each, f"{place}/{index}") for index, each in enumerate(value))), None)
    if not isinstance(value, dict):
        return None
    if {"amount", "currency"} == value.keys() and not _is_money(**value):
        return f"{place}: {value} is no money"
    for name, member in value.items():
        if name in AS_THEY_CAME:
            continue
        if isinstance(member, str) and (name == "id" or name.endswith("_id")) and RAW_ID.fullmatch(member):
            return f"{place}/{name}: {member} is an id without its prefix"
        if name.endswith("_minor"):
            return f"{place}/{name}: money in minor units"
        if isinstance(member, str) and name.endswith("_at") and not INSTANT.fullmatch(member):
            return f"{place}/{name}: {member} is no instant in UTC"
        if isinstance(member, str) and name.endswith("_on") and name not in OCCASIONS and not DAY.fullmatch(member):
            return f"{place}/{name}: {member} is no day"
        if found := odd(member, f"{place}/{name}"):
            return found
    return None


def _is_money(amount, currency):
    if amount is None and currency is None:
        return True
    if not isinstance(amount, str) or not AMOUNT.fullmatch(amount) or currency not in CURRENCIES:
        return False
    return len(amount.partition(".")[2]) == exponent(currency)
