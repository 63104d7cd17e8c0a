"""Requests about somebody's data on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from aftersales_api.infra.privacy import WishKind
from aftersales_api.kit.wire import Email, ExternalId, Input, Instant, Output
from aftersales_api.privacy.states import RequestStatus
from aftersales_api.web import IdOf, Page

PrivacyRequestId = Annotated[UUID, IdOf("prv")]
CustomerId = Annotated[UUID, IdOf("cus")]
OrderId = Annotated[UUID, IdOf("ord")]


class PrivacyRequestCreate(Input):
    """A person wants to have what is kept of them (`export`) or to be forgotten (`erasure`). Guests are named by `email`."""

    kind: Literal["export", "erasure"]
    customer_id: CustomerId | None = None
    email: Email | None = None
    request_external_id: ExternalId | None = Field(None, description="What the asker calls this request")


class PrivacyRequest(Output):
    """A request and how it went. `counts` are rows by table: what was found, or what lost something."""

    id: PrivacyRequestId
    version: int
    kind: WishKind
    status: RequestStatus
    source: str = Field(description="`api`, or the platform that passed the request on")
    request_external_id: str | None
    customer_id: CustomerId | None
    customer_ids: list[CustomerId] = Field(description="Everyone it is about")
    order_ids: list[OrderId] = Field(description="Orders that were named beside")
    counts: dict[str, int]
    created_at: Instant
    answer_due_at: Instant = Field(description="When the person must have an answer")
    completed_at: Instant | None
    expires_at: Instant | None = Field(description="Until when an export can be downloaded; null for others")
    download_url: str | None = Field(description="Where the export is, once it is ready; else null")


class PrivacyRequestPage(Page[PrivacyRequest]):
    """Requests about somebody's data, newest first."""


class PersonExport(Output):
    """All that is kept of a person: rows by table, stored payloads included, without secrets."""

    about: dict[str, str] = Field(description="What this is, in Spanish and English")
    shop: str
    request_id: PrivacyRequestId
    generated_at: Instant
    tables: dict[str, list[dict[str, Any]]]
