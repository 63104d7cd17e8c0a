"""Use cases of follow-ups. Other packages call `install_starter`; jobs call `perform_jobs` and `remind`."""

from aftersales_api.followups.service.installing import install_starter
from aftersales_api.followups.service.performing import perform, perform_jobs
from aftersales_api.followups.service.reminding import remind

__all__ = ["install_starter", "perform", "perform_jobs", "remind"]
