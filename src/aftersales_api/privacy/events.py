"""What happens to requests about somebody's data. No personal data: the export itself is downloaded with a key."""

from typing import ClassVar

from aftersales_api.infra.event_log import Event


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

    expires_at: str
    answer_due_at: str


class ErasureCompleted(PrivacyEvent):
    """Everywhere what was kept of a person is gone; amounts, dates and the numbers of orders stay."""

    type: ClassVar[str] = "privacy.erasure_completed"
    title: ClassVar[str] = "A person's data were erased everywhere"
