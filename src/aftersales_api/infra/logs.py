"""Structured logs: events with keys, no sentences, no personal data."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = frozenset(
    {"authorization", "email", "phone", "token", "secret", "api_key", "password", "body", "url", "to", "name"}
)


def _hide(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in HIDDEN & event.keys():
        event[key] = "[hidden]"
    failure = event.pop("exc_info", None)
    if isinstance(failure, BaseException):
        from aftersales_api.infra.jobs import describe

        event["failure"] = describe(failure)
    return event


def configure(level: str = "INFO") -> None:
    """JSON lines on standard error, one per event."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), 20)),
        logger_factory=structlog.PrintLoggerFactory(file=__import__("sys").stderr),
        cache_logger_on_first_use=False,
    )
