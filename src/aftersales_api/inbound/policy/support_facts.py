"""What sources of support say: a mail came, a technician's form was filled in. They concern cases, not orders."""

from dataclasses import dataclass, field
from typing import Any

from aftersales_api.orders.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCame(Fact):
    """A mail as it came (RFC 5322)."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPushed(Fact):
    """What a mobile form tool recorded of a visit: the tool's data id, ours if it knows it, and what was filled in."""

    form_ref: str
    visit_id: str | None = None
    report: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    media: tuple[dict[str, Any], ...] = ()


SupportFact = MailCame | FormPushed
