"""Questions to the knowledge base."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select, text, update

from aftersales_api.infra.db import Session
from aftersales_api.kit.clock import whole_second
from aftersales_api.knowledge import policy
from aftersales_api.knowledge.models import (
    KbArticleRow,
    KbCategoryRow,
    KbFeedbackRow,
    KbSearchRow,
    KbTranslationRow,
    folded,
)

# Words as they were typed, and without accents: whichever form the text has, one of the two meets it (`kb_matches`). The title
# and the opening are cut in SQL, so that a long article costs a short answer. Only the few hundred texts that fit best are
# looked at further, so that a word in every article costs its ranking and no more.
_SEARCH = """
WITH ranked AS MATERIALIZED (
  SELECT id, fit FROM kb_matches(CAST(:query AS text), CAST(:configs AS text[]), CAST(:locale AS text), CAST(:language AS text),
    CAST(:internal AS boolean), {candidates})
), hits AS (
  SELECT DISTINCT ON (t.article_id) t.article_id, t.locale, t.title, left(t.body, 240) AS opening,
         r.fit
           * CASE WHEN CAST(:product AS uuid) = ANY(a.product_ids) THEN 2.0 ELSE 1.0 END
           * CASE WHEN a.category_id = CAST(:category AS uuid) THEN 1.5 ELSE 1.0 END
           * CASE WHEN CAST(:boost AS boolean)
                  THEN 1.0 + coalesce((a.clicks - a.clicks_with_case)::real / nullif(a.clicks, 0), 0) ELSE 1.0 END AS rank,
         a.visibility, a.category_id, a.helpful_count, a.unhelpful_count
  FROM ranked r
  JOIN kb_article_translations t ON t.id = r.id
  JOIN kb_articles a ON a.shop_id = t.shop_id AND a.id = t.article_id
  ORDER BY t.article_id, rank DESC)
SELECT * FROM hits ORDER BY rank DESC, article_id LIMIT :most
"""
CANDIDATES: Final = 300
SEARCH = text(_SEARCH.format(candidates=CANDIDATES))


# Which words of a question an article has, each with its accents or without; words that the language passes over do not count.
_FIT = """
WITH words AS (
  SELECT t.article_id, t.locale, plainto_tsquery(t.cfg, w.word) || plainto_tsquery(t.cfg, {folded}) AS q, t.search, t.body
  FROM kb_article_translations t, unnest(CAST(:words AS text[])) AS w(word)
  WHERE (t.article_id, t.locale) IN (SELECT * FROM unnest(CAST(:articles AS uuid[]), CAST(:locales AS text[])))
)
SELECT article_id, min(body) AS body, count(*) AS asked, count(*) FILTER (WHERE search @@ q) AS met,
       count(*) FILTER (WHERE ts_filter(search, '{{a,c}}') @@ q) AS met_in_title
FROM words WHERE numnode(q) > 0 GROUP BY article_id
"""
FIT = text(_FIT.format(folded=folded("w.word")))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for, and where."""

    query: str
    configs: Sequence[str]
    locale: str | None = None
    product_id: UUID | None = None
    category_id: UUID | None = None
    includes_internal: bool = False
    boosts_success: bool = False
    most: int = 20


async def search(tx: Session, wanted: Wanted) -> Sequence[Any]:
    """Published articles that fit, best first."""
    language = wanted.locale.split("-")[0] + "%" if wanted.locale else None
    rows = await tx.execute(
        SEARCH,
        {
            "query": policy.with_accents(wanted.query, wanted.configs),
            "configs": list(wanted.configs),
            "locale": wanted.locale,
            "language": language,
            "product": wanted.product_id,
            "category": wanted.category_id,
            "internal": wanted.includes_internal,
            "boost": wanted.boosts_success,
            "most": wanted.most,
        },
    )
    return rows.all()


async def fits(tx: Session, words: Sequence[str], hits: Sequence[Any]) -> dict[UUID, Any]:
    """Article → its body and how many of the words it has."""
    rows = await tx.execute(
        FIT,
        {"words": list(words), "articles": [hit.article_id for hit in hits], "locales": [hit.locale for hit in hits]},
    )
    return {row.article_id: row for row in rows}


def category_list() -> Select[KbCategoryRow]:
    return select(KbCategoryRow)


def article_list(
    category_id: UUID | None, visibilities: Sequence[str], statuses: Sequence[str], locales: Sequence[str]
) -> Select[KbArticleRow]:
    found = select(KbArticleRow)
    if category_id is not None:
        found = found.where(KbArticleRow.category_id == category_id)
    if visibilities:
        found = found.where(KbArticleRow.visibility.in_(visibilities))
    if statuses or locales:
        inner = select(KbTranslationRow.article_id)
        if statuses:
            inner = inner.where(KbTranslationRow.status.in_(statuses))
        if locales:
            inner = inner.where(KbTranslationRow.locale.in_(locales))
        found = found.where(KbArticleRow.id.in_(inner))
    return found


def feedback_list(article_id: UUID) -> Select[KbFeedbackRow]:
    return select(KbFeedbackRow).where(KbFeedbackRow.article_id == article_id)


def search_list() -> Select[KbSearchRow]:
    return select(KbSearchRow)


async def translations_of(tx: Session, article_ids: Sequence[UUID]) -> dict[UUID, list[KbTranslationRow]]:
    """Article → its translations, by language."""
    rows = await tx.execute(
        select(KbTranslationRow)
        .where(KbTranslationRow.article_id.in_(list(article_ids)))
        .order_by(KbTranslationRow.locale)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[KbTranslationRow]] = {article_id: [] for article_id in article_ids}
    for row in rows.scalars():
        found[row.article_id].append(row)
    return found


async def translation_for_update(tx: Session, article_id: UUID, locale: str) -> KbTranslationRow | None:
    rows = await tx.execute(
        select(KbTranslationRow)
        .where(KbTranslationRow.article_id == article_id, KbTranslationRow.locale == locale)
        .with_for_update()
    )
    return rows.scalar_one_or_none()


async def searches_before_case(
    tx: Session, customer_id: UUID | None, visitor: str | None, opened_at: datetime, window: timedelta
) -> Sequence[KbSearchRow]:
    """What the visitor searched within the window, in whole seconds, before the case, not yet tied to one."""
    mine = [KbSearchRow.customer_id == customer_id] if customer_id else []
    if visitor:
        mine.append(KbSearchRow.visitor == visitor)
    if not mine:
        return []
    who = mine[0] if len(mine) == 1 else mine[0] | mine[1]
    rows = await tx.execute(
        select(KbSearchRow)
        .where(
            who,
            KbSearchRow.case_id.is_(None),
            KbSearchRow.searched_at <= opened_at,
            KbSearchRow.searched_at >= whole_second(opened_at) - window,
        )
        .order_by(KbSearchRow.id)
        .with_for_update()
    )
    return rows.scalars().all()


_CLICKED = "k.clicked_at <= :as_of"
_FOLLOWED = "k.case_opened_at <= :as_of"
_SEARCHED = "k.searched_at >= :start AND k.searched_at < :end_ AND k.searched_at <= :as_of AND (CAST(:locale AS text) IS NULL OR k.locale = :locale)"
_SPARED = text(f"""
SELECT count(*) AS searches, count(*) FILTER (WHERE {_CLICKED} AND ({_FOLLOWED}) IS NOT TRUE) AS spared,
  count(*) FILTER (WHERE k.results = 0) AS without_results, count(*) FILTER (WHERE {_FOLLOWED}) AS with_case
FROM kb_searches k WHERE {_SEARCHED}
""")


async def spared_by(tx: Session, start: datetime, end: datetime, as_of: datetime, locale: str | None) -> Any:
    """Searches of a period and how many of them spared a case, as was known at an instant."""
    return (await tx.execute(_SPARED, {"start": start, "end_": end, "as_of": as_of, "locale": locale})).one()


async def searches_behind(
    tx: Session,
    span: tuple[datetime, datetime],
    as_of: datetime,
    locale: str | None,
    after: tuple[datetime, UUID] | None,
    most: int,
) -> Sequence[Any]:
    """The searches of a period in order of their instant, as was known at another one."""
    place = "AND (k.searched_at, k.id) > (:after_at, :after_id) " if after else ""
    rows = await tx.execute(
        text(
            "SELECT k.id AS search_id, k.query, k.locale, k.visitor, k.customer_id, k.results, k.searched_at, "
            f"CASE WHEN {_CLICKED} THEN k.clicked_article_id END AS clicked_article_id, "
            f"CASE WHEN {_CLICKED} THEN k.clicked_at END AS clicked_at, CASE WHEN {_FOLLOWED} THEN k.case_id END AS case_id, "
            f"coalesce({_CLICKED} AND ({_FOLLOWED}) IS NOT TRUE, false) AS hit "
            f"FROM kb_searches k WHERE {_SEARCHED} {place}ORDER BY k.searched_at, k.id LIMIT :most"
        ),
        {
            "start": span[0],
            "end_": span[1],
            "as_of": as_of,
            "locale": locale,
            "most": most,
            **({"after_at": after[0], "after_id": after[1]} if after else {}),
        },
    )
    return rows.all()


async def count_clicks(tx: Session, article_id: UUID, *, clicks: int = 0, with_case: int = 0) -> None:
    await tx.execute(
        update(KbArticleRow)
        .where(KbArticleRow.id == article_id)
        .values(clicks=KbArticleRow.clicks + clicks, clicks_with_case=KbArticleRow.clicks_with_case + with_case)
    )
