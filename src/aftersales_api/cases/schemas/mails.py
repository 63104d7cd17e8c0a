"""Delivered mail on the wire."""

from typing import Literal

from pydantic import Field

from aftersales_api.cases.policy.mail_machines import Machine
from aftersales_api.cases.schemas.cases import Message
from aftersales_api.cases.schemas.context import CaseAnswer
from aftersales_api.kit.wire import Output


class MailDelivered(Output):
    """Where a mail landed; nowhere when a machine wrote it and it belongs to no case, or its sender was forgotten since."""

    message: Message | None
    case: CaseAnswer | None
    is_new: bool = Field(description="False when this very mail had been taken in before")
    threaded_by: Literal["token", "references", "message_id", "none"] = Field(
        description="message_id: this very mail had been taken in before; none: it opened a case, or was ignored"
    )
    machine: Machine | None = Field(
        description="Who wrote it if no person did: a vacation note, a report of non-delivery, a list, or we ourselves; null: a person"
    )
    status: Literal["opened", "threaded", "duplicate", "ignored"]
