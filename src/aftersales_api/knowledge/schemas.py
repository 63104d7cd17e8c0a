"""Wire forms of the knowledge base."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from aftersales_api.kit.period import PeriodEdge
from aftersales_api.kit.wire import Bool, Day, Input, Instant, Int, Line, Locale, Output, Short
from aftersales_api.knowledge.models import KbArticleRow, KbTranslationRow
from aftersales_api.knowledge.states import ARTICLE, ArticleStatus, KbVerdict, Visibility
from aftersales_api.web import IdOf, Page, Whole

KbCategoryId = Annotated[UUID, IdOf("kbc")]
KbArticleId = Annotated[UUID, IdOf("kba")]
KbTranslationId = Annotated[UUID, IdOf("kbt")]
KbFeedbackId = Annotated[UUID, IdOf("kbf")]
KbSearchId = Annotated[UUID, IdOf("kbs")]
CustomerId = Annotated[UUID, IdOf("cus")]
ProductId = Annotated[UUID, IdOf("prd")]
CaseId = Annotated[UUID, IdOf("cas")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Body = Annotated[str, StringConstraints(max_length=200_000)]
Query_ = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Visitor = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Products = Annotated[list[ProductId], Field(max_length=200)]
Tags = Annotated[list[Short], Field(max_length=50)]


class KbCategoryCreate(Input):
    name: Short
    parent_id: KbCategoryId | None = None
    position: Annotated[Int, Field(ge=0)] = 0


class KbCategory(Output):
    id: KbCategoryId
    name: str
    parent_id: KbCategoryId | None
    position: int
    created_at: Instant


class KbCategoryPage(Page[KbCategory]):
    """Shelves, newest first; `position` is their order."""


class KbTranslationPut(Input):
    title: Title
    body: Body = ""


class KbTranslationCreate(KbTranslationPut):
    locale: Locale
    status: ArticleStatus = ArticleStatus.DRAFT


class KbArticleCreate(Input):
    category_id: KbCategoryId | None = None
    visibility: Visibility = Visibility.PUBLIC
    product_ids: Products = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)
    translations: Annotated[list[KbTranslationCreate], Field(min_length=1, max_length=40)]


class KbArticleUpdate(Input):
    category_id: KbCategoryId | None = None
    visibility: Visibility | None = None
    product_ids: Products | None = None
    tags: Tags | None = None


class KbTranslation(Output):
    """An article in one language. `next` are the verbs legal now."""

    id: KbTranslationId
    article_id: KbArticleId
    locale: str
    title: str
    body: str
    status: ArticleStatus
    next: list[str]
    published_at: Instant | None
    created_at: Instant
    updated_at: Instant
    version: int

    @classmethod
    def of(cls, row: KbTranslationRow) -> "KbTranslation":
        names = (
            "id",
            "article_id",
            "locale",
            "title",
            "body",
            "status",
            "published_at",
            "created_at",
            "updated_at",
            "version",
        )
        return cls.model_validate(
            {**{name: getattr(row, name) for name in names}, "next": ARTICLE.next(ArticleStatus(row.status))}
        )


class KbArticle(Output):
    """An article with its translations."""

    id: KbArticleId
    category_id: KbCategoryId | None
    visibility: Visibility
    product_ids: list[ProductId]
    tags: list[str]
    helpful_count: int
    unhelpful_count: int
    translations: list[KbTranslation]
    created_at: Instant
    updated_at: Instant
    version: int

    @classmethod
    def of(cls, row: KbArticleRow, translations: list[KbTranslationRow]) -> "KbArticle":
        names = ("id", "category_id", "visibility", "product_ids", "tags", "helpful_count", "unhelpful_count")
        more = ("created_at", "updated_at", "version")
        return cls.model_validate(
            {
                **{name: getattr(row, name) for name in (*names, *more)},
                "translations": [KbTranslation.of(each) for each in translations],
            }
        )


class KbArticlePage(Page[KbArticle]):
    """Articles, newest first."""


class KbSearchCreate(Input):
    """A search to be remembered, so that it can be told what it spared."""

    query: Query_
    locale: Locale | None = Field(None, description="Unknown: Spanish and English are searched, the best rank counts")
    visitor: Visitor | None = Field(None, description="Who searches, in your own words; the same on their case")
    customer_id: CustomerId | None = None
    product_id: ProductId | None = Field(None, description="Articles about it come first")
    category_id: KbCategoryId | None = Field(None, description="Articles of this shelf come first")
    audience: Visibility = Field(Visibility.PUBLIC, description="public: what customers may see; internal: everything")
    limit: Annotated[Int, Field(ge=1, le=50)] = 10


class KbHit(Output):
    """An article that was found."""

    article_id: KbArticleId
    locale: str
    title: str
    opening: str
    rank: float
    visibility: Visibility
    category_id: KbCategoryId | None
    helpful_count: int
    unhelpful_count: int


class KbSearch(Output):
    """A search and what it found; tell us which article was opened."""

    id: KbSearchId
    query: str
    locale: str | None
    visitor: str | None
    customer_id: CustomerId | None
    results: int
    items: list[KbHit]
    clicked_article_id: KbArticleId | None
    clicked_at: Instant | None
    case_id: CaseId | None
    case_opened_at: Instant | None
    searched_at: Instant


class KbSearchEntry(Output):
    """A remembered search."""

    id: KbSearchId
    query: str
    locale: str | None
    visitor: str | None
    customer_id: CustomerId | None
    results: int
    clicked_article_id: KbArticleId | None
    clicked_at: Instant | None
    case_id: CaseId | None
    case_opened_at: Instant | None
    searched_at: Instant
    created_at: Instant


Share = Annotated[float, Field(ge=0, le=1)]


class KbAsk(Input):
    """A question as a customer types it."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    locale: Locale | None = Field(None, description="Unknown: Spanish and English are searched, the best rank counts")
    visitor: Visitor | None = Field(None, description="Who asks, in your own words; the same on their case")
    customer_id: CustomerId | None = None
    product_id: ProductId | None = None
    category_id: KbCategoryId | None = None
    audience: Visibility = Field(Visibility.PUBLIC, description="public: what customers may see; internal: everything")
    least_confidence: Share = Field(0.6, description="Below it the question is for a person")
    limit: Annotated[Int, Field(ge=1, le=10)] = 3


class KbAnswered(KbHit):
    """An article that may be the answer, in full."""

    body: str
    confidence: float = Field(
        description="0 to 1: the share of the question's words that the article has, more if in its title, less by what "
        "readers said of it"
    )


class KbAnswer(Output):
    """The best articles for a question. `id` is a remembered search: say there which article was opened."""

    id: KbSearchId
    question: str
    verdict: KbVerdict = Field(description="answer: the first article is good enough; hand_over: a person must answer")
    confidence: float = Field(description="That of the first article; 0 without any")
    least_confidence: float
    items: list[KbAnswered]
    searched_at: Instant


class KbSearchPage(Page[KbSearchEntry]):
    """Searches, newest first."""


class KbHits(Whole[KbHit]):
    """What was found, best first."""


class KbClick(Input):
    article_id: KbArticleId


class KbFeedbackCreate(Input):
    locale: Locale
    helpful: Bool
    comment: Annotated[str, StringConstraints(max_length=2000)] | None = None
    visitor: Visitor | None = None


class KbFeedback(Output):
    """Somebody said whether an article helped."""

    id: KbFeedbackId
    article_id: KbArticleId
    locale: str
    helpful: bool
    comment: str | None
    visitor: str | None
    created_at: Instant


class KbFeedbackPage(Page[KbFeedback]):
    """Feedback, newest first."""


class KbSuggest(Input):
    """Find articles for a case by its words; any of the top terms is enough."""

    subject: Line
    message: Annotated[str, StringConstraints(max_length=100_000)] = ""
    locale: Locale | None = None
    product_id: ProductId | None = None
    category_id: KbCategoryId | None = None
    audience: Visibility = Visibility.INTERNAL
    limit: Annotated[Int, Field(ge=1, le=20)] = 5


class DeflectionAsked(BaseModel):
    """Which searches the number is made of."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")
    from_: PeriodEdge | None = Field(None, alias="from", description="First day; default: 30 days before `to`")
    to: PeriodEdge | None = Field(None, description="First day that does not count any more; default: tomorrow")
    as_of: Instant | None = Field(None, description="What had happened by this instant; default: now")
    locale: Locale | None = None


class DeflectionRowsAsked(DeflectionAsked):
    limit: int = Field(100, ge=1, le=100, description="How many rows, 1 to 100")
    cursor: Annotated[str, Field(max_length=120)] | None = Field(None, description="`next_cursor` of the page before")


class DeflectionRowsTaken(DeflectionRowsAsked):
    """A file to take away is no page: it holds more."""

    limit: int = Field(1000, ge=1, le=10_000, description="How many rows the file holds at most")


class DeflectionHead(Output):
    convention: str
    definition_version: str
    from_day: Day
    to_day: Day
    from_at: Instant
    to_at: Instant
    as_of: Instant
    timezone: str


class Deflection(DeflectionHead):
    """Searches with an opened article and no case of the visitor within thirty minutes, out of all searches."""

    value: float | None = Field(description="Percent; null when nobody searched")
    numerator: int
    denominator: int
    without_results: int
    with_case: int


class DeflectionRow(Output):
    """One search: what was opened, and the case that came of it."""

    search_id: KbSearchId
    searched_at: Instant
    query: str
    locale: str | None
    visitor: str | None
    customer_id: CustomerId | None
    results: int
    clicked_article_id: KbArticleId | None
    clicked_at: Instant | None
    case_id: CaseId | None
    hit: bool = Field(description="Whether it spared a case")


class DeflectionRows(DeflectionHead, Page[DeflectionRow]):
    """The searches behind the number, in order."""

    total: int
