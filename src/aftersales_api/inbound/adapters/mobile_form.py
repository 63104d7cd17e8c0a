"""Mobile form tools (Kizeo Forms and alike): what a technician filled in at the customer's door.

Body: the members of the visit's report (`visit_id`, `form_ref`, `outcome`, `report`, `travel_minutes`, `on_site_minutes`,
`parts_used`, `parts_needed`, `next_visit`, `no_next_visit_reason`, `media`) and any others, which are kept as `fields`; either
at the top or inside `data`. The tool's data id is `form_ref`, `data_id` or `id`. Fields may be plain or `{"value": …}`, as Kizeo
writes them (unconfirmed: https://help.kizeo.com; whoever sets the push up chooses the names of fields).
"""

from collections.abc import Mapping
from typing import Any

from aftersales_api.inbound.adapters.contract import Envelope, Knock, Letter, key
from aftersales_api.inbound.adapters.trusted import SignedOrBasic
from aftersales_api.inbound.errors import NotMappable
from aftersales_api.inbound.policy import reading as read
from aftersales_api.inbound.policy.support_facts import FormPushed
from aftersales_api.orders.facts import Fact

TOPIC = "form"
STEPS = ("status", "outcome", "reason", "occurred_at", "report", "travel_minutes", "on_site_minutes")
REPORT = (*STEPS, "parts_used", "parts_needed", "next_visit", "no_next_visit_reason")
OWN = frozenset({*REPORT, "visit_id", "form_ref", "data_id", "id", "media", "fields"})


class MobileForm(SignedOrBasic):
    source = "mobile_form"
    title = "Mobile form tool"
    takes_files = True

    def envelope(self, knock: Knock) -> Envelope:
        said = knock.header("webhook-id").strip()
        reference = _reference(_inner(knock.glimpse))
        return Envelope(
            topic=TOPIC,
            dedupe_key=key("form", said or knock.digest),
            resource=key("form", reference) if reference else None,
        )

    def handles(self, topic: str) -> bool:
        return topic == TOPIC

    def translate(self, letter: Letter) -> list[Fact]:
        said = _inner(letter.body)
        reference = _reference(said)
        if reference is None:
            raise NotMappable("missing: form_ref")
        members = {**_flat(read.member(said, "fields")), **{name: said[name] for name in said if name in OWN}}
        visit_id, media = members.get("visit_id"), members.get("media")
        return [
            FormPushed(
                form_ref=reference,
                visit_id=visit_id if isinstance(visit_id, str) else None,
                report={name: members[name] for name in REPORT if members.get(name) is not None},
                fields=_fields(said),
                media=tuple(each for each in media if isinstance(each, dict)) if isinstance(media, list) else (),
                source_updated_at=letter.received_at,
                occurred_at=letter.received_at,
            )
        ]


def _inner(body: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = body.get("data")
    return inner if isinstance(inner, dict) else body


def _reference(said: Mapping[str, Any]) -> str | None:
    found = (read.identity(said.get(name)) for name in ("form_ref", "data_id", "id"))
    return next((each for each in found if each), None)


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: each["value"] if isinstance(each, dict) and "value" in each else each for name, each in fields.items()
    }


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that is not a member of the report: the form as the shop designed it."""
    others = {name: each for name, each in said.items() if name not in OWN}
    return {**others, **{name: each for name, each in _flat(read.member(said, "fields")).items() if name not in OWN}}


ADAPTER = MobileForm()
