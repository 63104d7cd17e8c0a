"""What both kinds of process in production, API and worker, do alike."""

import contextlib
import gc
from collections.abc import Iterator

from aftersales_api.infra.settings import Settings


def keep_what_is_loaded() -> None:
    """What is there now - code, routes, mappers - stays out of every later search for rubbish; from here on rubbish is collected.

    Each full search went through it again: 80 ms in which an API answered nobody, and a fifth of a worker's time.
    Not searched as a whole before: that takes a start half a second and finds next to nothing.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@contextlib.contextmanager
def traced(options: Settings, service: str) -> Iterator[None]:
    """Send what is done to the collector that the settings name."""
    if not options.otlp_endpoint:
        yield
        return
    from aftersales_api.infra import otel

    end = otel.install(options.otlp_endpoint, service)
    try:
        yield
    finally:
        end()
