"""The knowledge base over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Request, Response

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit import spreadsheet
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Locale
from aftersales_api.knowledge import queries, schemas, service
from aftersales_api.knowledge.models import KbArticleRow, KbCategoryRow, KbFeedbackRow, KbSearchRow
from aftersales_api.knowledge.schemas import KbArticleId, KbCategoryId, KbFeedbackId, KbSearchId
from aftersales_api.knowledge.states import ArticleStatus, KbVerdict, Visibility
from aftersales_api.web import Now, PageQuery, Router, Tx, created
from aftersales_api.web.paging import PageRequest

router = Router("knowledge")


async def _article(tx: Session, row: KbArticleRow) -> schemas.KbArticle:
    return schemas.KbArticle.of(row, (await queries.translations_of(tx, [row.id]))[row.id])


def _hits(rows: Sequence[Any]) -> list[schemas.KbHit]:
    return [schemas.KbHit.model_validate(row) for row in rows]


@router.post("/v1/kb/categories", scope="knowledge:write", status_code=201)
async def create_kb_category(
    body: schemas.KbCategoryCreate, tx: Tx, now: Now, response: Response
) -> schemas.KbCategory:
    """A new shelf."""
    shown = schemas.KbCategory.model_validate(await service.create_category(tx, body, now))
    created(response, f"/v1/kb/categories/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/kb/categories", scope="knowledge:read")
async def list_kb_categories(tx: Tx, page: PageQuery) -> schemas.KbCategoryPage:
    """Shelves, newest first."""
    rows, end = await page.run(tx, queries.category_list(), KbCategoryRow)
    return schemas.KbCategoryPage(items=[schemas.KbCategory.model_validate(row) for row in rows], **end)


@router.get("/v1/kb/categories/{category_id}", scope="knowledge:read")
async def get_kb_category(category_id: KbCategoryId, tx: Tx) -> schemas.KbCategory:
    """One shelf."""
    return schemas.KbCategory.model_validate(await db.get(tx, KbCategoryRow, category_id))


@router.post("/v1/kb/articles", scope="knowledge:write", status_code=201)
async def create_kb_article(body: schemas.KbArticleCreate, tx: Tx, now: Now, response: Response) -> schemas.KbArticle:
    """A new article in one or more languages."""
    shown = await _article(tx, await service.create_article(tx, body, now))
    created(response, f"/v1/kb/articles/{shown.model_dump(mode='json')['id']}")
    return shown


Visibilities = Annotated[list[Visibility], Query(default_factory=list, max_length=5, alias="visibility")]
ArticleStatuses = Annotated[list[ArticleStatus], Query(default_factory=list, max_length=5, alias="status")]
Locales = Annotated[list[Locale], Query(default_factory=list, max_length=20, alias="locale")]


@router.get("/v1/kb/articles", scope="knowledge:read")
async def list_kb_articles(
    tx: Tx,
    page: PageQuery,
    visibilities: Visibilities,
    statuses: ArticleStatuses,
    locales: Locales,
    category_id: KbCategoryId | None = None,
) -> schemas.KbArticlePage:
    """Articles, newest first; `status` and `locale` ask for articles with such a translation."""
    rows, end = await page.run(tx, queries.article_list(category_id, visibilities, statuses, locales), KbArticleRow)
    translations = await queries.translations_of(tx, [row.id for row in rows])
    return schemas.KbArticlePage(items=[schemas.KbArticle.of(row, translations[row.id]) for row in rows], **end)


@router.get("/v1/kb/articles/{article_id}", scope="knowledge:read")
async def get_kb_article(article_id: KbArticleId, tx: Tx) -> schemas.KbArticle:
    """One article with all its translations."""
    return await _article(tx, await db.get(tx, KbArticleRow, article_id))


@router.patch("/v1/kb/articles/{article_id}", scope="knowledge:write")
async def update_kb_article(
    article_id: KbArticleId, body: schemas.KbArticleUpdate, tx: Tx, now: Now
) -> schemas.KbArticle:
    """Another shelf, audience, products or tags."""
    return await _article(tx, await service.change_article(tx, article_id, body.given(), now))


@router.put("/v1/kb/articles/{article_id}/translations/{locale}", scope="knowledge:write")
async def put_kb_translation(
    article_id: KbArticleId, locale: Locale, body: schemas.KbTranslationPut, tx: Tx, now: Now
) -> schemas.KbTranslation:
    """What the article says in a language; a new language begins as a draft."""
    return schemas.KbTranslation.of(await service.put_translation(tx, article_id, locale, body, now))


@router.post("/v1/kb/articles/{article_id}/translations/{locale}/publish", scope="knowledge:write")
async def publish_kb_translation(article_id: KbArticleId, locale: Locale, tx: Tx, now: Now) -> schemas.KbTranslation:
    """From now on it is found."""
    return schemas.KbTranslation.of(await service.move_translation(tx, article_id, locale, "publish", now))


@router.post("/v1/kb/articles/{article_id}/translations/{locale}/unpublish", scope="knowledge:write")
async def unpublish_kb_translation(article_id: KbArticleId, locale: Locale, tx: Tx, now: Now) -> schemas.KbTranslation:
    """Back to draft: it is found no more."""
    return schemas.KbTranslation.of(await service.move_translation(tx, article_id, locale, "unpublish", now))


@router.post("/v1/kb/articles/{article_id}/translations/{locale}/archive", scope="knowledge:write")
async def archive_kb_translation(article_id: KbArticleId, locale: Locale, tx: Tx, now: Now) -> schemas.KbTranslation:
    """Out of use, but kept."""
    return schemas.KbTranslation.of(await service.move_translation(tx, article_id, locale, "archive", now))


@router.post("/v1/kb/articles/{article_id}/feedback", scope="knowledge:write", status_code=201)
async def give_kb_feedback(
    article_id: KbArticleId, body: schemas.KbFeedbackCreate, tx: Tx, now: Now, response: Response
) -> schemas.KbFeedback:
    """Say whether an article helped."""
    row = await service.give_feedback(tx, article_id, body, now)
    created(response, f"/v1/kb/articles/{show('kba', article_id)}/feedback/{show('kbf', row.id)}")
    return schemas.KbFeedback.model_validate(row)


@router.get("/v1/kb/articles/{article_id}/feedback/{feedback_id}", scope="knowledge:read")
async def get_kb_feedback(article_id: KbArticleId, feedback_id: KbFeedbackId, tx: Tx) -> schemas.KbFeedback:
    """What somebody said of an article."""
    return schemas.KbFeedback.model_validate(await service.feedback_of(tx, article_id, feedback_id))


@router.get("/v1/kb/articles/{article_id}/feedback", scope="knowledge:read")
async def list_kb_feedback(article_id: KbArticleId, tx: Tx, page: PageQuery) -> schemas.KbFeedbackPage:
    """What people said of an article, newest first."""
    await db.get(tx, KbArticleRow, article_id)
    rows, end = await page.run(tx, queries.feedback_list(article_id), KbFeedbackRow)
    return schemas.KbFeedbackPage(items=[schemas.KbFeedback.model_validate(row) for row in rows], **end)


@router.get("/v1/kb/search", scope="knowledge:read")
async def search_kb(
    tx: Tx,
    q: Annotated[
        str, Query(min_length=1, max_length=500, description="Words as people type them, with or without accents")
    ],
    locale: Annotated[Locale | None, Query(description="Unknown: Spanish and English")] = None,
    audience: Visibility = Visibility.PUBLIC,
    category_id: KbCategoryId | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> schemas.KbHits:
    """Search without being remembered: published articles, best first."""
    wish = schemas.KbSearchCreate(query=q, locale=locale, audience=audience, category_id=category_id, limit=limit)
    return schemas.KbHits(items=_hits(await service.find(tx, wish)))


@router.post("/v1/kb/searches", scope="knowledge:write", status_code=201)
async def create_kb_search(body: schemas.KbSearchCreate, tx: Tx, now: Now, response: Response) -> schemas.KbSearch:
    """Search for a visitor, remembered: clicks and cases that follow tell what it spared."""
    row, hits = await service.search(tx, body, now)
    created(response, f"/v1/kb/searches/{show('kbs', row.id)}")
    entry = schemas.KbSearchEntry.model_validate(row)
    return schemas.KbSearch(**entry.model_dump(exclude={"created_at"}), items=_hits(hits))


@router.get("/v1/kb/searches", scope="knowledge:read")
async def list_kb_searches(tx: Tx, page: PageQuery) -> schemas.KbSearchPage:
    """What people searched for, newest first."""
    rows, end = await page.run(tx, queries.search_list(), KbSearchRow)
    return schemas.KbSearchPage(items=[schemas.KbSearchEntry.model_validate(row) for row in rows], **end)


@router.get("/v1/kb/searches/{search_id}", scope="knowledge:read")
async def get_kb_search(search_id: KbSearchId, tx: Tx) -> schemas.KbSearchEntry:
    """One remembered search."""
    return schemas.KbSearchEntry.model_validate(await db.get(tx, KbSearchRow, search_id))


@router.post("/v1/kb/searches/{search_id}/click", scope="knowledge:write")
async def click_kb_result(search_id: KbSearchId, body: schemas.KbClick, tx: Tx, now: Now) -> schemas.KbSearchEntry:
    """The visitor opened an article that the search had found; the first one counts."""
    return schemas.KbSearchEntry.model_validate(await service.click(tx, search_id, body.article_id, now))


@router.post("/v1/kb/suggestions", scope="knowledge:read")
async def suggest_kb_articles(body: schemas.KbSuggest, tx: Tx) -> schemas.KbHits:
    """Articles for a case by its words: any of them is enough; product, shelf and past success bring them forward."""
    return schemas.KbHits(items=_hits(await service.suggest(tx, body)))


@router.post("/v1/kb/answers", scope="knowledge:write", status_code=201)
async def answer_kb_question(body: schemas.KbAsk, tx: Tx, now: Now, response: Response) -> schemas.KbAnswer:
    """An instant answer: the best articles in full with how sure they are, so that a chat bot can answer or hand over."""
    row, best = await service.answer(tx, body, now)
    created(response, f"/v1/kb/searches/{show('kbs', row.id)}")
    items = [
        schemas.KbAnswered(
            **schemas.KbHit.model_validate(hit).model_dump(), body=text, confidence=float(round(sure, 4))
        )
        for hit, text, sure in best
    ]
    surest = items[0].confidence if items else 0.0
    is_sure = bool(items) and surest >= body.least_confidence
    return schemas.KbAnswer(
        id=row.id,
        question=body.question,
        verdict=KbVerdict.ANSWER if is_sure else KbVerdict.HAND_OVER,
        confidence=surest,
        least_confidence=body.least_confidence,
        items=items,
        searched_at=row.searched_at,
    )


@router.get("/v1/metrics/support/deflection", scope="metrics:read")
async def get_kb_deflection(tx: Tx, now: Now, asked: Annotated[schemas.DeflectionAsked, Query()]) -> schemas.Deflection:
    """Searches with an opened article and no case by that visitor in thirty minutes, out of all searches."""
    return await service.deflection(tx, asked, now)


async def _rows(request: Request, tx: Tx, now: Now, asked: schemas.DeflectionRowsAsked) -> schemas.DeflectionRows:
    page = PageRequest(asked.limit, asked.cursor, request)
    found = await service.deflection_rows(tx, asked, now, page.place())
    last = found.items[-1] if found.has_more else None
    return found.model_copy(update=page.more(last.searched_at, last.search_id)) if last else found


@router.get("/v1/metrics/support/deflection/cases", scope="metrics:read")
async def list_kb_deflection_searches(
    request: Request, tx: Tx, now: Now, asked: Annotated[schemas.DeflectionRowsAsked, Query()]
) -> schemas.DeflectionRows:
    """The searches behind the number, whether each spared a case, and the case that came of it."""
    return await _rows(request, tx, now, asked)


@router.get(
    "/v1/metrics/support/deflection/export",
    scope="metrics:read",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_kb_deflection_searches(
    request: Request, tx: Tx, now: Now, asked: Annotated[schemas.DeflectionRowsTaken, Query()]
) -> Response:
    """The searches behind the number as CSV (RFC 4180); while there are more, the header `Link` leads to the next file."""
    found = await _rows(request, tx, now, asked)
    names = list(schemas.DeflectionRow.model_fields)
    rows = [row.model_dump(mode="json") for row in found.items]
    text = spreadsheet.table(names, ([row[name] for name in names] for row in rows))
    return Response(text, media_type="text/csv; charset=utf-8")
