"""ONE FILE = ONE METRIC. A file here says what its number means, what it is asked and what it answers.

It holds a `METRIC`; routes find all of them, so a new number is one new file.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from aftersales_api.infra.db import Session


@dataclass(frozen=True, slots=True)
class Metric:
    """A number under its name: the model of its questions, the model of its answer, and how it is found out."""

    name: str
    asked: type[Any]
    result: type[Any]
    answer: Callable[[Session, Any, datetime], Awaitable[Any]]

    @property
    def description(self) -> str:
        """The sentence of the definition that the API shows."""
        return (self.answer.__doc__ or "").strip()


def all_metrics() -> list[Metric]:
    """Every metric of this folder, by name."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return sorted((module.METRIC for module in modules), key=lambda metric: metric.name)
