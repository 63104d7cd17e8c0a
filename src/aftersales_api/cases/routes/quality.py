"""Quality reviews, and colleagues' feedback on articles and policies."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.cases.models import CaseRow, InternalFeedbackRow, ReviewRow, ScorecardRow
from aftersales_api.cases.policy.words import FeedbackSubject
from aftersales_api.cases.queries import quality as questions
from aftersales_api.cases.schemas import quality as shapes
from aftersales_api.cases.schemas.ids import (
    AgentId,
    CaseId,
    InternalFeedbackId,
    KbArticleId,
    PolicyId,
    ReviewId,
    ScorecardId,
)
from aftersales_api.cases.service import feedback, reviewing
from aftersales_api.cases.states import FeedbackStatus, ReviewStatus
from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Instant
from aftersales_api.web import Now, PageQuery, Router, Tx, created

router = Router("quality")


@router.post("/v1/quality-scorecards", scope="settings:write", status_code=201)
async def create_scorecard(body: shapes.ScorecardCreate, tx: Tx, now: Now, response: Response) -> shapes.Scorecard:
    """By what replies are judged: criteria with weights; a critical one that fails altogether fails the whole."""
    row = await reviewing.create_scorecard(tx, body, now)
    created(response, f"/v1/quality-scorecards/{show('qsc', row.id)}")
    return shapes.Scorecard.of(row)


@router.get("/v1/quality-scorecards", scope="settings:read")
async def list_scorecards(tx: Tx, page: PageQuery) -> shapes.ScorecardPage:
    """Score cards, newest first."""
    rows, end = await page.run(tx, questions.scorecard_list(), ScorecardRow)
    return shapes.ScorecardPage(items=[shapes.Scorecard.of(row) for row in rows], **end)


@router.get("/v1/quality-scorecards/{scorecard_id}", scope="settings:read")
async def get_scorecard(scorecard_id: ScorecardId, tx: Tx) -> shapes.Scorecard:
    """One score card."""
    return shapes.Scorecard.of(await db.get(tx, ScorecardRow, scorecard_id))


@router.patch("/v1/quality-scorecards/{scorecard_id}", scope="settings:write")
async def update_scorecard(scorecard_id: ScorecardId, body: shapes.ScorecardUpdate, tx: Tx) -> shapes.Scorecard:
    """Other criteria for reviews to come; those given keep theirs."""
    return shapes.Scorecard.of(await reviewing.change_scorecard(tx, scorecard_id, body))


@router.post("/v1/cases/{case_id}/reviews", scope="cases:write", status_code=201)
async def review_case(
    case_id: CaseId, body: shapes.ReviewCreate, tx: Tx, now: Now, response: Response
) -> shapes.Review:
    """Judge a reply of an agent, or their whole work in a case. Nobody judges themselves."""
    row = await reviewing.review(tx, case_id, body, now)
    created(response, f"/v1/case-reviews/{show('qrv', row.id)}")
    return shapes.Review.of(row)


@router.get("/v1/cases/{case_id}/reviews", scope="cases:read")
async def list_reviews_of_case(case_id: CaseId, tx: Tx, page: PageQuery) -> shapes.ReviewPage:
    """Reviews of a case and of those merged into it, newest first."""
    await db.get(tx, CaseRow, case_id)
    rows, end = await page.run(tx, questions.review_list(case_id=case_id), ReviewRow)
    return shapes.ReviewPage(items=[shapes.Review.of(row) for row in rows], **end)


@router.get("/v1/case-reviews", scope="cases:read")
async def list_case_reviews(
    tx: Tx,
    page: PageQuery,
    agent_id: AgentId | None = None,
    reviewer_id: AgentId | None = None,
    scorecard_id: ScorecardId | None = None,
    status: Annotated[list[ReviewStatus], Query(max_length=4)] = [],
) -> shapes.ReviewPage:
    """All reviews, newest first."""
    wanted = questions.review_list(agent_id=agent_id, reviewer_id=reviewer_id, scorecard_id=scorecard_id, status=status)
    rows, end = await page.run(tx, wanted, ReviewRow)
    return shapes.ReviewPage(items=[shapes.Review.of(row) for row in rows], **end)


@router.get("/v1/case-reviews/{review_id}", scope="cases:read")
async def get_case_review(review_id: ReviewId, tx: Tx) -> shapes.Review:
    """One review."""
    return shapes.Review.of(await db.get(tx, ReviewRow, review_id))


@router.post("/v1/case-reviews/{review_id}/acknowledge", scope="cases:write")
async def acknowledge_case_review(review_id: ReviewId, tx: Tx, body: shapes.ReviewWord | None = None) -> shapes.Review:
    """The agent has read it."""
    return shapes.Review.of(await reviewing.answer(tx, review_id, "acknowledge", body.comment if body else None))


@router.post("/v1/case-reviews/{review_id}/dispute", scope="cases:write")
async def dispute_case_review(review_id: ReviewId, body: shapes.ReviewDispute, tx: Tx) -> shapes.Review:
    """The agent sees it otherwise; it counts in no mean until it is settled."""
    return shapes.Review.of(await reviewing.answer(tx, review_id, "dispute", body.comment))


@router.post("/v1/case-reviews/{review_id}/settle", scope="cases:write")
async def settle_case_review(review_id: ReviewId, tx: Tx, body: shapes.ReviewSettle | None = None) -> shapes.Review:
    """The reviewer has looked again, with other scores or the same."""
    return shapes.Review.of(await reviewing.settle(tx, review_id, body or shapes.ReviewSettle()))


@router.get("/v1/agents/{agent_id}/quality", scope="cases:read")
async def get_agent_quality(
    agent_id: AgentId,
    tx: Tx,
    scorecard_id: ScorecardId | None = None,
    from_at: Annotated[Instant | None, Query(description="Reviews given from this instant on")] = None,
    to_at: Annotated[Instant | None, Query(description="Reviews given before this instant")] = None,
) -> shapes.AgentQuality:
    """How an agent's work was judged, as a whole and by criterion."""
    return await reviewing.of_agent(tx, agent_id, scorecard_id, from_at, to_at)


@router.post("/v1/internal-feedback", scope="cases:write", status_code=201)
async def give_internal_feedback(
    body: shapes.InternalFeedbackCreate, tx: Tx, now: Now, response: Response
) -> shapes.InternalFeedback:
    """Tell those who keep an article or a policy what an agent found in it."""
    row = await feedback.remark(tx, body, now)
    created(response, f"/v1/internal-feedback/{show('ifb', row.id)}")
    return shapes.InternalFeedback.of(row)


@router.get("/v1/internal-feedback", scope="cases:read")
async def list_internal_feedback(
    tx: Tx,
    page: PageQuery,
    article_id: KbArticleId | None = None,
    policy_id: PolicyId | None = None,
    agent_id: AgentId | None = None,
    subject: Annotated[list[FeedbackSubject], Query(max_length=4)] = [],
    status: Annotated[list[FeedbackStatus], Query(max_length=4)] = [],
) -> shapes.InternalFeedbackPage:
    """Colleagues' remarks, newest first."""
    wanted = questions.feedback_list(article_id, policy_id, agent_id, subject, status)
    rows, end = await page.run(tx, wanted, InternalFeedbackRow)
    return shapes.InternalFeedbackPage(items=[shapes.InternalFeedback.of(row) for row in rows], **end)


@router.get("/v1/internal-feedback/{feedback_id}", scope="cases:read")
async def get_internal_feedback(feedback_id: InternalFeedbackId, tx: Tx) -> shapes.InternalFeedback:
    """One remark."""
    return shapes.InternalFeedback.of(await db.get(tx, InternalFeedbackRow, feedback_id))


@router.post("/v1/internal-feedback/{feedback_id}/accept", scope="cases:write")
async def accept_internal_feedback(
    feedback_id: InternalFeedbackId, tx: Tx, body: shapes.FeedbackAnswer | None = None
) -> shapes.InternalFeedback:
    """It is right, and will be done."""
    return shapes.InternalFeedback.of(await feedback.answer(tx, feedback_id, "accept", body.answer if body else None))


@router.post("/v1/internal-feedback/{feedback_id}/complete", scope="cases:write")
async def complete_internal_feedback(
    feedback_id: InternalFeedbackId, tx: Tx, body: shapes.FeedbackAnswer | None = None
) -> shapes.InternalFeedback:
    """It is done."""
    return shapes.InternalFeedback.of(await feedback.answer(tx, feedback_id, "complete", body.answer if body else None))


@router.post("/v1/internal-feedback/{feedback_id}/reject", scope="cases:write")
async def reject_internal_feedback(
    feedback_id: InternalFeedbackId, tx: Tx, body: shapes.FeedbackAnswer | None = None
) -> shapes.InternalFeedback:
    """It stays as it is, and why."""
    return shapes.InternalFeedback.of(await feedback.answer(tx, feedback_id, "reject", body.answer if body else None))
