"""What happens to requests about somebody's data. No personal data: the export itself is downloaded with a key."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event

_EXAMPLE: dict[str, Any] = {
    "request_id": "prv_01jz4m6y8v7x3q2w1r5t9k0abc",
    "customer_id": "cus_01jz4m6y8v7x3q2w1r5t9k0abd",
    "source": "shopify",
    "request_external_id": "9999",
    "rows": 42,
}


class PrivacyEvent(Event):
    """What both events say: which request, whose, and how many rows it was about."""

    request_id: str
    customer_id: str | None
    source: str
    request_external_id: str | None
    rows: int


class ExportReady(PrivacyEvent):
    """All that is kept of a person can be downloaded until `expires_at`, and is to be handed over before `answer_due_at`."""

    type: ClassVar[str] = "privacy.export_ready"
    title: ClassVar[str] = "A person's data are ready to download"
    example: ClassVar[dict[str, Any]] = {
        **_EXAMPLE,
        "expires_at": "2026-06-08T10:00:00Z",
        "answer_due_at": "2026-07-01T10:00:00Z",
    }

    expires_at: str
    answer_due_at: str


class ErasureCompleted(PrivacyEvent):
    """Everywhere what was kept of a person is gone; amounts, dates and the numbers of orders stay."""

    type: ClassVar[str] = "privacy.erasure_completed"
    title: ClassVar[str] = "A person's data were erased everywhere"
    example: ClassVar[dict[str, Any]] = _EXAMPLE
