"""Ids and names shared by the members of orders."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from aftersales_api.web import IdOf

OrderId = Annotated[UUID, IdOf("ord")]
LineId = Annotated[UUID, IdOf("oli")]
ShipmentId = Annotated[UUID, IdOf("shi")]
PaymentId = Annotated[UUID, IdOf("pay")]
RefundId = Annotated[UUID, IdOf("orf")]
ScanId = Annotated[UUID, IdOf("tev")]
ChangeId = Annotated[UUID, IdOf("chg")]
CustomerId = Annotated[UUID, IdOf("cus")]
ProductId = Annotated[UUID, IdOf("prd")]
OwnRefundId = Annotated[UUID, IdOf("rfd")]
Source = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.:-]*$")]
MANY = 500
