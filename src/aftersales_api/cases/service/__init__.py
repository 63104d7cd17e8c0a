"""Use cases of support cases, one function per verb."""

from aftersales_api.cases.service.opening import CaseOpening, FirstMessage, open_case

__all__ = ["CaseOpening", "FirstMessage", "open_case"]
