"""Judging an agent's work by a score card, and talking about the verdict."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import NotAReply, OwnReview, ScoreUnfit, UnknownReference
from aftersales_api.cases.models import AgentRow, CaseRow, MessageRow, ReviewRow, ScorecardRow
from aftersales_api.cases.policy import quality
from aftersales_api.cases.policy.figures import shown
from aftersales_api.cases.policy.words import AuthorType, MessageKind
from aftersales_api.cases.queries import quality as questions
from aftersales_api.cases.schemas import quality as shapes
from aftersales_api.cases.states import REVIEW, ReviewStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.ids import new_id


async def create_scorecard(tx: Session, wish: shapes.ScorecardCreate, now: datetime) -> ScorecardRow:
    """A new score card."""
    row = ScorecardRow(
        id=new_id(), name=wish.name, criteria=[each.model_dump() for each in wish.criteria], created_at=now
    )
    tx.add(row)
    await tx.flush()
    return row


async def change_scorecard(tx: Session, scorecard_id: UUID, wish: shapes.ScorecardUpdate) -> ScorecardRow:
    """Another name or other criteria for reviews to come; or no more reviews by it."""
    row = await db.lock(tx, ScorecardRow, scorecard_id)
    row.name = row.name if wish.name is None else wish.name
    row.active = row.active if wish.active is None else wish.active
    if wish.criteria is not None:
        row.criteria = [each.model_dump() for each in wish.criteria]
    await tx.flush()
    return row


async def review(tx: Session, case_id: UUID, wish: shapes.ReviewCreate, now: datetime) -> ReviewRow:
    """Judge a reply, or the whole work of an agent in a case. Nobody judges themselves."""
    case = await db.get(tx, CaseRow, case_id)
    card = await _named(tx, ScorecardRow, wish.scorecard_id, "/body/scorecard_id")
    message = await _reply(tx, case, wish.message_id) if wish.message_id else None
    agent_id = wish.agent_id or (message.agent_id if message else None) or case.assignee_id
    if agent_id is None:
        raise UnknownReference("/body/agent_id")
    await _named(tx, AgentRow, agent_id, "/body/agent_id")
    if wish.reviewer_id is not None:
        await _named(tx, AgentRow, wish.reviewer_id, "/body/reviewer_id")
    if wish.reviewer_id == agent_id:
        raise OwnReview
    row = ReviewRow(
        id=new_id(),
        case_id=case.id,
        origin_case_id=case.id,
        message_id=message.id if message else None,
        agent_id=agent_id,
        reviewer_id=wish.reviewer_id,
        scorecard_id=card.id,
        criteria=list(card.criteria),
        scores=_scores(card.criteria, wish.scores),
        comment=wish.comment,
        status=REVIEW.start,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    return row


async def _named(tx: Session, model: type[Any], row_id: UUID, pointer: str) -> Any:
    found = await tx.get(model, (current_shop(), row_id))
    if found is None:
        raise UnknownReference(pointer)
    return found


async def _reply(tx: Session, case: CaseRow, message_id: UUID) -> MessageRow:
    """Only what a human agent wrote to the customer is judged."""
    message: MessageRow = await _named(tx, MessageRow, message_id, "/body/message_id")
    if message.case_id != case.id:
        raise UnknownReference("/body/message_id")
    if message.kind != MessageKind.PUBLIC_REPLY or message.author_type != AuthorType.AGENT:
        raise NotAReply
    return message


def _scores(criteria: Sequence[dict[str, Any]], given: Sequence[shapes.ScoreGiven]) -> list[dict[str, Any]]:
    """The scores in the order of the card; a criterion that was not scored does not apply."""
    known = {each.key: each for each in quality.criteria_of(criteria)}
    said: dict[str, shapes.ScoreGiven] = {}
    for position, each in enumerate(given):
        criterion = known.get(each.key)
        if criterion is None or each.key in said or (each.score is not None and each.score > criterion.max_score):
            raise ScoreUnfit(f"/body/scores/{position}")
        said[each.key] = each
    return [
        {
            "key": key,
            "score": said[key].score if key in said else None,
            "comment": said[key].comment if key in said else None,
        }
        for key in known
    ]


async def answer(tx: Session, review_id: UUID, verb: str, comment: str | None) -> ReviewRow:
    """The agent takes note of the verdict, or disputes it with a reason."""
    row = await db.lock(tx, ReviewRow, review_id)
    row.status = REVIEW.move(ReviewStatus(row.status), verb)
    row.agent_comment = comment or row.agent_comment
    await tx.flush()
    return row


async def settle(tx: Session, review_id: UUID, wish: shapes.ReviewSettle) -> ReviewRow:
    """The reviewer has looked again: other scores, or the same ones."""
    row = await db.lock(tx, ReviewRow, review_id)
    row.status = REVIEW.move(ReviewStatus(row.status), "settle")
    if wish.scores is not None:
        row.scores = _scores(row.criteria, wish.scores)
    row.comment = wish.comment or row.comment
    await tx.flush()
    return row


async def of_agent(
    tx: Session, agent_id: UUID, scorecard_id: UUID | None, since: datetime | None, until: datetime | None
) -> shapes.AgentQuality:
    """How an agent's work was judged; what is disputed is counted, and not in the mean until it is settled."""
    await db.get(tx, AgentRow, agent_id)
    wanted = questions.review_list(agent_id=agent_id, scorecard_id=scorecard_id, since=since, until=until)
    rows = await questions.reviews(tx, wanted)
    counted = [row for row in rows if row.status != ReviewStatus.DISPUTED]
    return shapes.AgentQuality(
        agent_id=agent_id,
        from_at=since,
        to_at=until,
        reviews=len(counted),
        mean_percent=shown(quality.mean(each for row in counted if (each := _percent(row)) is not None)),
        disputed=len(rows) - len(counted),
        criteria=_by_criterion(counted),
    )


def _percent(row: ReviewRow) -> Fraction | None:
    return quality.percent(quality.criteria_of(row.criteria), quality.scores_of(row.scores))


def _by_criterion(rows: Sequence[ReviewRow]) -> list[shapes.CriterionReading]:
    labels: dict[str, str] = {}
    seen: dict[str, list[Fraction]] = {}
    for row in rows:
        scores = quality.scores_of(row.scores)
        for each in quality.criteria_of(row.criteria):
            labels[each.key] = each.label
            score = scores.get(each.key)
            if score is not None:
                seen.setdefault(each.key, []).append(Fraction(100 * score, each.max_score))
    return [
        shapes.CriterionReading(
            key=key, label=label, mean_percent=shown(quality.mean(seen.get(key, []))), reviews=len(seen.get(key, []))
        )
        for key, label in labels.items()
    ]
