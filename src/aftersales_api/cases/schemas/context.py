"""A case with its customer's context, on the wire."""

from collections.abc import Mapping
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.schemas.cases import Message, SupportCase
from aftersales_api.cases.schemas.ids import CaseId, CustomerId, OrderId, ResponseId, ReturnId
from aftersales_api.cases.states import CaseStatus, allowed_verbs
from aftersales_api.kit.wire import Instant, MoneyAmount, Output
from aftersales_api.web import Page

Row = Mapping[str, Any]


class ContextCustomer(Output):
    """Who they are."""

    id: CustomerId
    name: str | None
    email: str | None
    phone: str | None
    locale: str | None
    country: str | None
    tags: list[str]
    customer_since: Instant

    @classmethod
    def of(cls, row: Row) -> Self:
        name = " ".join(each for each in (row["first_name"], row["last_name"]) if each) or None
        return cls.model_validate({**with_ids(row), "name": name})


class ContextOrder(Output):
    """One of their orders."""

    id: OrderId
    number: str | None
    status: str
    financial_status: str
    fulfilment_status: str
    delivery_status: str
    total: MoneyAmount | None
    placed_at: Instant | None
    delivered_at: Instant | None

    @classmethod
    def of(cls, row: Row) -> Self:
        is_priced = row["total_minor"] is not None and row["currency"] is not None
        total = MoneyAmount.minor(row["total_minor"], row["currency"]) if is_priced else None
        return cls.model_validate({**with_ids(row), "total": total})


class ContextReturn(Output):
    """One of their returns."""

    id: ReturnId
    rma_number: str
    order_id: OrderId
    status: str
    refund_status: str
    requested_at: Instant


class ContextScore(Output):
    """What they answered to a survey."""

    response_id: ResponseId
    survey_key: str
    measure: str
    score: int
    is_low: bool
    order_id: OrderId | None
    answered_at: Instant


class ContextCase(Output):
    """Another of their cases."""

    id: CaseId
    number: int
    subject: str
    status: str
    opened_at: Instant


class CustomerContext(Output):
    """What the shop knows of the customer, as it is now; the newest five of each."""

    customer: ContextCustomer
    tier: str | None
    segments: list[str]
    orders: list[ContextOrder] = Field(description="The order of the case in front, then the newest")
    orders_count: int
    returns: list[ContextReturn]
    scores: list[ContextScore]
    points: int | None = Field(description="Points they can spend; null where the shop has no programme")
    cases: list[ContextCase]
    open_cases_count: int

    @classmethod
    def of(cls, row: Row) -> Self:
        standing = row["standing"] or {"tier": None, "segments": []}
        return cls(
            customer=ContextCustomer.of(row["customer"]),
            tier=standing["tier"],
            segments=sorted(standing["segments"]),
            orders=[ContextOrder.of(each) for each in row["orders"]],
            orders_count=row["orders_count"],
            returns=[ContextReturn.model_validate(with_ids(each)) for each in row["returns"]],
            scores=[ContextScore.model_validate(with_ids(each)) for each in row["scores"]],
            points=row.get("points"),
            cases=[ContextCase.model_validate(with_ids(each)) for each in row["cases"]],
            open_cases_count=row["open_cases_count"],
        )


class CaseAnswer(SupportCase):
    """A support case with its customer's context. The ETag marks both; If-Match asks for its version alone."""

    context: CustomerContext | None = Field(
        description="Null for a case of nobody, and in lists that were not asked for it"
    )

    @classmethod
    def alone(cls, row: CaseRow) -> Self:
        """The case without its context."""
        return cls(**SupportCase.of(row).model_dump(), context=None)

    @classmethod
    def of_document(cls, row: Row) -> Self:
        """The answer out of the document of a case."""
        context = None if row["context"] is None else CustomerContext.of(row["context"])
        verbs = allowed_verbs(CaseStatus(row["status"]))
        return cls.model_validate(
            {**with_ids(row), "next": verbs, "reply_token": row["thread_token"], "context": context}
        )


class CasePage(Page[CaseAnswer]):
    """Cases, newest first or by what falls due next."""


class MessageAdded(Output):
    """Where the message landed: the case itself, the one it was merged into, or a new one after a closed one."""

    message: Message
    case: CaseAnswer
    is_new: bool = Field(description="False when the same external_id had been taken in before")


def with_ids(row: Row) -> dict[str, Any]:
    """The members of a JSON row, with ids as ids."""
    return {
        name: _id(value) if name == "id" or name.endswith(("_id", "_ids")) else value for name, value in row.items()
    }


def _id(value: Any) -> Any:
    if isinstance(value, list):
        return [UUID(each) for each in value]
    return None if value is None else UUID(value)
