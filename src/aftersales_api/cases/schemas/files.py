"""Files on the wire."""

from typing import Self

from pydantic import Field, model_validator

from aftersales_api.cases.models import AttachmentRow
from aftersales_api.cases.schemas.ids import AttachmentId, CaseId, MessageId
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Count, Input, Instant, Line, Output, Short, Url
from aftersales_api.web import Page


class Attachment(Input):
    """A file: one uploaded before (`attachment_id`), or one kept elsewhere (`name`, `url`)."""

    attachment_id: AttachmentId | None = Field(None, description="From POST /v1/attachments")
    name: Line | None = None
    media_type: Short | None = None
    size_bytes: Count | None = None
    url: Url | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.attachment_id is None and self.name is None:
            raise ValueError("an attachment has an attachment_id or a name")
        return self


class AttachmentShown(Output):
    id: AttachmentId | None = Field(None, description="Null for files kept elsewhere")
    name: str
    media_type: str | None
    size_bytes: int | None
    url: str | None = Field(description="Where its bytes are; ours need the key; null when nobody said")


class CaseAttachment(Output):
    """A file of a case. `url` answers its bytes."""

    id: AttachmentId
    case_id: CaseId | None = Field(description="Null until a message or a visit names it")
    origin_case_id: CaseId | None
    message_id: MessageId | None
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    url: str
    created_at: Instant

    @classmethod
    def of(cls, row: AttachmentRow) -> "CaseAttachment":
        said = {name: getattr(row, name) for name in cls.model_fields if name != "url"}
        return cls.model_validate({**said, "url": content_url(row)})


class AttachmentPage(Page[CaseAttachment]):
    """Files, newest first."""


def content_url(row: AttachmentRow) -> str:
    """Where the bytes of a file are."""
    return f"/v1/attachments/{show('att', row.id)}/content"
