"""Delivered mail on the wire."""

from typing import Literal

from pydantic import Field

from aftersales_api.cases.schemas.cases import MessageAdded


class MailDelivered(MessageAdded):
    """Where a mail landed."""

    threaded_by: Literal["token", "references", "message_id", "none"] = Field(
        description="message_id: this very mail had been taken in before; none: it opened a case"
    )
