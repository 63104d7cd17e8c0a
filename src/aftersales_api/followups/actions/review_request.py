"""Ask for a public review: of everybody alike, never for points (the publish check sees to it)."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from aftersales_api.followups.actions import Act, Action, Outcome, Params
from aftersales_api.followups.queries import matters
from aftersales_api.followups.service.saying import context_of, kept_product_ids, review_url, say
from aftersales_api.infra.db import Session
from aftersales_api.kit.wire import Url

Key = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Platform = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class ReviewRequest(Params):
    """`platform` is where (google, trustpilot, own_site, …), `url` the form there.

    Without one: where the product is reviewed, else the order's page or the shop's site.
    """

    platform: Platform = "own_site"
    url: Url | None = None
    template: Key = "review_request"


async def perform(tx: Session, params: ReviewRequest, act: Act, now: datetime) -> Outcome:
    """One request for an order; a product reviewed lately is left alone by the contact policy."""
    known = await context_of(tx, act)
    url = params.url or review_url(act) or await matters.own_page(tx, act.order_id)
    review = {"platform": params.platform, "url": url}
    context = {**known, "review": review}
    outcome, _ = await say(tx, act, now, params.template, context=context, product_ids=kept_product_ids(act))
    return outcome


ACTION = Action(
    name="review_request",
    params=ReviewRequest,
    perform=perform,
    references=lambda params: [("template", params.template)],
)
