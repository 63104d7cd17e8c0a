"""Every number over HTTP: one operation for each definition, made from what the definition says."""

from typing import Annotated, Any

from fastapi import Query

from aftersales_api.metrics.definitions import Metric, all_metrics
from aftersales_api.web import Now, Router, Tx

router = Router("metrics")


def publish(metric: Metric) -> None:
    """Mount one metric under its name."""

    async def read(tx: Tx, now: Now, asked: Any) -> Any:
        return await metric.answer(tx, asked, now)

    read.__name__ = f"get_{metric.name}_metric"
    read.__doc__ = metric.description
    read.__annotations__ = {"tx": Tx, "now": Now, "asked": Annotated[metric.asked, Query()], "return": metric.result}
    router.get(f"/v1/metrics/{metric.name}", scope="metrics:read", may_be_late=True)(read)


for found in all_metrics():
    publish(found)
