"""A part of a whole in percent, with its Wilson interval: the members every rate shows."""

from typing import Any

from aftersales_api.metrics.policy.statistics import edges, is_low_n, percent, shown, wilson


def reading(part: int, whole: int) -> dict[str, Any]:
    """Value, counts and interval of a rate; nobody counted means null."""
    low, high = edges(wilson(part, whole), 100)
    return {
        "value": shown(percent(part, whole)),
        "n": whole,
        "numerator": part,
        "denominator": whole,
        "low_n": is_low_n(whole),
        "ci_low": low,
        "ci_high": high,
    }
