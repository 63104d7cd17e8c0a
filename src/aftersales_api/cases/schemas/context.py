"""A case with its customer's context, on the wire."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import Field

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.schemas.cases import Message, SupportCase
from aftersales_api.cases.schemas.ids import CaseId, CustomerId, OrderId, ResponseId, ReturnId
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import Instant, MoneyAmount, Output
from aftersales_api.web import Page


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
    def of(cls, row: Any) -> Self:
        said = {name: getattr(row, name) for name in cls.model_fields if name not in ("name", "customer_since")}
        name = " ".join(each for each in (row.first_name, row.last_name) if each) or None
        return cls.model_validate({**said, "name": name, "customer_since": row.created_at})


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
    def of(cls, row: Any) -> Self:
        is_priced = row.total_minor is not None and row.currency is not None
        total = MoneyAmount.of(Money(row.total_minor or 0, row.currency or "")) if is_priced else None
        said = {name: getattr(row, name) for name in cls.model_fields if name != "total"}
        return cls.model_validate({**said, "total": total})


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
    def of(cls, who: Any, orders: Sequence[Any], cases: Sequence[Any], apart: Mapping[str, Any]) -> Self:
        """Of rows: the customer with their counts, their orders and other cases; `apart` is what siblings say."""
        return cls(
            customer=ContextCustomer.of(who),
            tier=who.tier,
            segments=sorted(who.segments or ()),
            orders=[ContextOrder.of(row) for row in orders],
            orders_count=who.orders_count,
            returns=apart.get("returns") or [],
            scores=apart.get("scores") or [],
            points=apart.get("points"),
            cases=[ContextCase.model_validate(row) for row in cases],
            open_cases_count=who.open_cases_count,
        )


class CaseAnswer(SupportCase):
    """A support case with its customer's context. The ETag marks both; If-Match asks for its version alone."""

    context: CustomerContext | None = Field(
        description="Null for a case of nobody, and in lists that were not asked for it"
    )

    @classmethod
    def with_context(cls, row: CaseRow, context: CustomerContext | None) -> Self:
        return cls(**SupportCase.of(row).model_dump(), context=context)


class CasePage(Page[CaseAnswer]):
    """Cases, newest first or by what falls due next."""


class MessageAdded(Output):
    """Where the message landed: the case itself, the one it was merged into, or a new one after a closed one."""

    message: Message
    case: CaseAnswer
    is_new: bool = Field(description="False when the same external_id had been taken in before")
