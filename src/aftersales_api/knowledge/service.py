"""Use cases of the knowledge base: write, publish, find, and count what was spared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed, NotFound
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.local_time import local_date
from aftersales_api.kit.period import instant_of
from aftersales_api.knowledge import policy, queries
from aftersales_api.knowledge.errors import KbUnknownReference, NotAResult
from aftersales_api.knowledge.models import (
    KbArticleRow,
    KbCategoryRow,
    KbFeedbackRow,
    KbSearchRow,
    KbTranslationRow,
)
from aftersales_api.knowledge.policy import Fit
from aftersales_api.knowledge.queries import Wanted
from aftersales_api.knowledge.schemas import (
    Deflection,
    DeflectionAsked,
    DeflectionRow,
    DeflectionRows,
    DeflectionRowsAsked,
    KbArticleCreate,
    KbAsk,
    KbCategoryCreate,
    KbFeedbackCreate,
    KbSearchCreate,
    KbSuggest,
    KbTranslationPut,
)
from aftersales_api.knowledge.states import ARTICLE, ArticleStatus, Visibility
from aftersales_api.shops import queries as shops


async def create_category(tx: Session, wish: KbCategoryCreate, now: datetime) -> KbCategoryRow:
    """A new shelf."""
    if wish.parent_id is not None:
        await _category(tx, wish.parent_id, "/body/parent_id")
    row = KbCategoryRow(id=new_id(), created_at=now, **wish.members())
    tx.add(row)
    await tx.flush()
    return row


async def _category(tx: Session, category_id: UUID, pointer: str) -> None:
    if await tx.get(KbCategoryRow, (db.current_shop(), category_id)) is None:
        raise KbUnknownReference(pointer)


async def create_article(tx: Session, wish: KbArticleCreate, now: datetime) -> KbArticleRow:
    """A new article in one or more languages."""
    if wish.category_id is not None:
        await _category(tx, wish.category_id, "/body/category_id")
    row = KbArticleRow(id=new_id(), created_at=now, updated_at=now, **wish.members(without={"translations"}))
    tx.add(row)
    await tx.flush()
    for each in wish.translations:
        is_public = each.status is ArticleStatus.PUBLISHED
        tx.add(
            KbTranslationRow(
                id=new_id(),
                article_id=row.id,
                locale=each.locale,
                title=each.title,
                body=each.body,
                status=each.status,
                cfg=policy.config_of(each.locale),
                published_at=now if is_public else None,
                created_at=now,
                updated_at=now,
            )
        )
    await tx.flush()
    return row


async def change_article(tx: Session, article_id: UUID, wish: Mapping[str, Any], now: datetime) -> KbArticleRow:
    """Another shelf, audience, products or tags."""
    row = await db.lock(tx, KbArticleRow, article_id)
    if wish.get("category_id") is not None:
        await _category(tx, wish["category_id"], "/body/category_id")
    for name, value in wish.items():
        if value is not None or name == "category_id":
            setattr(row, name, value)
    row.updated_at = now
    await tx.flush()
    return row


async def put_translation(
    tx: Session, article_id: UUID, locale: str, wish: KbTranslationPut, now: datetime
) -> KbTranslationRow:
    """What the article says in a language: written anew, or for the first time as a draft."""
    await _touch(tx, article_id, now)
    row = await queries.translation_for_update(tx, article_id, locale)
    if row is None:
        row = KbTranslationRow(
            id=new_id(),
            article_id=article_id,
            locale=locale,
            status=ARTICLE.start,
            cfg=policy.config_of(locale),
            created_at=now,
            title=wish.title,
            body=wish.body,
            updated_at=now,
        )
        tx.add(row)
    row.title, row.body, row.updated_at = wish.title, wish.body, now
    await tx.flush()
    return row


async def move_translation(tx: Session, article_id: UUID, locale: str, verb: str, now: datetime) -> KbTranslationRow:
    """Publish, take back or archive a translation."""
    await _touch(tx, article_id, now)
    row = await queries.translation_for_update(tx, article_id, locale)
    if row is None:
        raise NotFound
    row.status = ARTICLE.move(ArticleStatus(row.status), verb)
    row.published_at = now if row.status == ArticleStatus.PUBLISHED else row.published_at
    row.updated_at = now
    await tx.flush()
    return row


async def _touch(tx: Session, article_id: UUID, now: datetime) -> None:
    article = await db.lock(tx, KbArticleRow, article_id)
    article.updated_at = now


async def find(tx: Session, wish: KbSearchCreate) -> Sequence[Any]:
    """Search without remembering it."""
    return await queries.search(
        tx,
        Wanted(
            query=wish.query,
            configs=policy.configs_of_query(wish.locale),
            locale=wish.locale,
            product_id=wish.product_id,
            category_id=wish.category_id,
            includes_internal=wish.audience is Visibility.INTERNAL,
            most=wish.limit,
        ),
    )


async def search(tx: Session, wish: KbSearchCreate, now: datetime) -> tuple[KbSearchRow, Sequence[Any]]:
    """Search, and remember who looked for what."""
    hits = await find(tx, wish)
    row = KbSearchRow(
        id=new_id(),
        query=wish.query,
        locale=wish.locale,
        visitor=wish.visitor,
        customer_id=wish.customer_id,
        results=len(hits),
        found_ids=[hit.article_id for hit in hits],
        searched_at=now,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    return row, hits


async def click(tx: Session, search_id: UUID, article_id: UUID, now: datetime) -> KbSearchRow:
    """The visitor opened an article of the search; the first counts."""
    row = await db.lock(tx, KbSearchRow, search_id)
    if article_id not in row.found_ids:
        raise NotAResult
    if row.clicked_article_id is None:
        row.clicked_article_id, row.clicked_at = article_id, now
        await queries.count_clicks(tx, article_id, clicks=1, with_case=1 if row.case_id else 0)
    await tx.flush()
    return row


async def give_feedback(tx: Session, article_id: UUID, wish: KbFeedbackCreate, now: datetime) -> KbFeedbackRow:
    """Whether an article helped."""
    article = await db.lock(tx, KbArticleRow, article_id)
    row = KbFeedbackRow(id=new_id(), article_id=article.id, created_at=now, **wish.members())
    tx.add(row)
    if wish.helpful:
        article.helpful_count += 1
    else:
        article.unhelpful_count += 1
    await tx.flush()
    return row


async def feedback_of(tx: Session, article_id: UUID, feedback_id: UUID) -> KbFeedbackRow:
    """What somebody said of this article."""
    row = await db.get(tx, KbFeedbackRow, feedback_id)
    if row.article_id != article_id:
        raise NotFound
    return row


async def suggest(tx: Session, wish: KbSuggest) -> Sequence[Any]:
    """Articles for a case: any of its top terms, boosted by product, shelf and by what spared cases before."""
    terms = policy.top_terms(wish.subject, wish.message)
    if not terms:
        return []
    return await queries.search(
        tx,
        Wanted(
            query=policy.any_of(terms),
            configs=policy.configs_of_query(wish.locale),
            locale=wish.locale,
            product_id=wish.product_id,
            category_id=wish.category_id,
            includes_internal=wish.audience is Visibility.INTERNAL,
            boosts_success=True,
            most=wish.limit,
        ),
    )


async def answer(tx: Session, wish: KbAsk, now: datetime) -> tuple[KbSearchRow, list[tuple[Any, str, Fraction]]]:
    """The best articles for a question with how sure they are, surest first; remembered as a search."""
    asked = KbSuggest(
        subject=wish.question[:255],
        message=wish.question,
        locale=wish.locale,
        product_id=wish.product_id,
        category_id=wish.category_id,
        audience=wish.audience,
        limit=10,
    )
    hits = await suggest(tx, asked)
    fits = await queries.fits(tx, policy.top_terms("", wish.question), hits) if hits else {}
    sure = [(hit, fits[hit.article_id]) for hit in hits if hit.article_id in fits]
    rated = [(hit, fit.body, _confidence(hit, fit)) for hit, fit in sure]
    best = sorted(rated, key=lambda each: -each[2])[: wish.limit]
    row = KbSearchRow(
        id=new_id(),
        query=wish.question[:500],
        locale=wish.locale,
        visitor=wish.visitor,
        customer_id=wish.customer_id,
        results=len(best),
        found_ids=[hit.article_id for hit, _, _ in best],
        searched_at=now,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    return row, best


def _confidence(hit: Any, fit: Any) -> Fraction:
    return policy.confidence(Fit(fit.asked, fit.met, fit.met_in_title, hit.helpful_count, hit.unhelpful_count))


async def suggest_for(
    tx: Session, *, subject: str, message: str, locale: str | None, product_id: UUID | None, limit: int
) -> Sequence[Any]:
    """Articles for an agent at work on something; others of this floor ask through the wiring."""
    wish = KbSuggest(
        subject=subject[:255], message=message[:100_000], locale=locale, product_id=product_id, limit=limit
    )
    return await suggest(tx, wish)


async def has_article(tx: Session, article_id: UUID) -> bool:
    """Whether there is such an article; others of this floor ask through the wiring."""
    return await tx.get(KbArticleRow, (db.current_shop(), article_id)) is not None


async def tie_to_case(
    tx: Session, case_id: UUID, customer_id: UUID | None, visitor: str | None, opened_at: datetime
) -> None:
    """A case came within half an hour: those searches spared nothing."""
    found = await queries.searches_before_case(tx, customer_id, visitor, opened_at, policy.DEFLECTION_WINDOW)
    for row in found:
        row.case_id, row.case_opened_at = case_id, opened_at
        if row.clicked_article_id is not None:
            await queries.count_clicks(tx, row.clicked_article_id, with_case=1)
    await tx.flush()


@dataclass(frozen=True, slots=True)
class _Span:
    """The searches asked for: `[start, end)`, as was known at an instant."""

    start: datetime
    end: datetime
    as_of: datetime
    zone: str

    def head(self) -> dict[str, Any]:
        return {
            "convention": "searches with a click and no case by that visitor in 30 minutes / searches",
            "definition_version": "deflection-1",
            "from_day": local_date(self.start, self.zone),
            "to_day": local_date(self.end, self.zone),
            "from_at": self.start,
            "to_at": self.end,
            "as_of": self.as_of,
            "timezone": self.zone,
        }


async def _span(tx: Session, wish: DeflectionAsked, now: datetime) -> _Span:
    zone = (await shops.the_shop(tx)).timezone
    end = instant_of(wish.to or local_date(now, zone) + timedelta(days=1), zone)
    start = instant_of(wish.from_ or local_date(end, zone) - timedelta(days=30), zone)
    if start >= end:
        raise Malformed("The period ends after it begins.", "/query/to", "period")
    return _Span(start, end, min(wish.as_of or now, now), zone)


async def deflection(tx: Session, wish: DeflectionAsked, now: datetime) -> Deflection:
    """Searches with an opened article and no case by that visitor in 30 minutes, out of all searches of the period."""
    span = await _span(tx, wish, now)
    found = await queries.spared_by(tx, span.start, span.end, span.as_of, wish.locale)
    share = Fraction(found.spared * 100, found.searches) if found.searches else None
    return Deflection(
        **span.head(),
        value=None if share is None else float(round(share, 2)),
        numerator=found.spared,
        denominator=found.searches,
        without_results=found.without_results,
        with_case=found.with_case,
    )


async def deflection_rows(
    tx: Session, wish: DeflectionRowsAsked, now: datetime, place: tuple[datetime, UUID] | None
) -> DeflectionRows:
    """The searches behind the number, whether each spared a case, and the case that came of it."""
    span = await _span(tx, wish, now)
    total = await queries.spared_by(tx, span.start, span.end, span.as_of, wish.locale)
    rows = await queries.searches_behind(tx, (span.start, span.end), span.as_of, wish.locale, place, wish.limit + 1)
    items = [DeflectionRow.model_validate(row) for row in rows[: wish.limit]]
    return DeflectionRows(
        **span.head(), total=total.searches, items=items, has_more=len(rows) > wish.limit, next_cursor=None
    )
