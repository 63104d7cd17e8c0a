"""All sources we understand, found by looking into this folder."""

from importlib import import_module
from pkgutil import iter_modules

from aftersales_api.inbound.adapters.contract import Adapter

ADAPTERS: dict[str, Adapter] = {
    adapter.source: adapter
    for module in iter_modules(__path__)
    if (adapter := getattr(import_module(f"{__name__}.{module.name}"), "ADAPTER", None)) is not None
}
