"""Tables of the knowledge base. Each translation stores what it is found by: its words as they are, and without accents."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Computed, Index, String, Text, Uuid
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, Versioned, one_of, refuse_as, shop_fk, sql_function
from aftersales_api.infra.privacy import NONE, PII, reached_by
from aftersales_api.knowledge.errors import KbNameTaken, LocaleTaken
from aftersales_api.knowledge.states import ArticleStatus, Visibility

ACCENTED: Final = "áàâäãåéèêëíìîïóòôöõúùûüñç"
BARE: Final = "aaaaaaeeeeiiiiooooouuuunc"


def folded(text: str) -> str:
    """SQL for a text in lower case without the accents of Western languages; immutable, so that it can be stored."""
    return f"translate(lower(normalize({text}, NFC)), '{ACCENTED}', '{BARE}')"


# Original words weigh A (title) and B (body), folded ones C and D, so that "año" outranks "ano".
FOUND_BY: Final = (
    "setweight(to_tsvector(cfg, title), 'A') || setweight(to_tsvector(cfg, body), 'B') || "
    f"setweight(to_tsvector(cfg, {folded('title')}), 'C') || setweight(to_tsvector(cfg, {folded('body')}), 'D')"
)


class KbCategoryRow(CreatedAt, ShopOwned, Base):
    """A shelf of articles."""

    __tablename__ = "kb_categories"
    name: Mapped[str] = mapped_column(String(80), info=NONE)
    parent_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        Index("uq_kb_categories__name", "shop_id", "name", unique=True),
        shop_fk("parent_id", "kb_categories"),
        Index("ix_kb_categories__parent", "shop_id", "parent_id"),
    )


refuse_as("uq_kb_categories__name", KbNameTaken)


class KbArticleRow(Versioned, CreatedAt, ShopOwned, Base):
    """An article; what it says is in its translations."""

    __tablename__ = "kb_articles"
    category_id: Mapped[UUID | None]
    visibility: Mapped[str] = mapped_column(String(10))
    product_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    tags: Mapped[list[str]] = mapped_column(default=list, info=NONE)
    helpful_count: Mapped[int] = mapped_column(default=0)
    unhelpful_count: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    clicks_with_case: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("category_id", "kb_categories"),
        one_of("visibility", Visibility),
        Index("ix_kb_articles__walk", "shop_id", "created_at", "id"),
        Index("ix_kb_articles__category", "shop_id", "category_id"),
    )


class KbTranslationRow(Versioned, CreatedAt, ShopOwned, Base):
    """An article in one language. `cfg` is how PostgreSQL reads that language."""

    __tablename__ = "kb_article_translations"
    article_id: Mapped[UUID]
    locale: Mapped[str] = mapped_column(String(12), info=NONE)
    title: Mapped[str] = mapped_column(String(255), info=NONE)
    body: Mapped[str] = mapped_column(Text, info=NONE)
    status: Mapped[str] = mapped_column(String(10))
    cfg: Mapped[str] = mapped_column(REGCONFIG, info=NONE)
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed(FOUND_BY, persisted=True), deferred=True, info=NONE)
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("article_id", "kb_articles"),
        one_of("status", ArticleStatus),
        Index("uq_kb_article_translations__locale", "shop_id", "article_id", "locale", unique=True),
        Index("ix_kb_article_translations__search", "search", postgresql_using="gin"),
    )


refuse_as("uq_kb_article_translations__locale", LocaleTaken)


class KbFeedbackRow(CreatedAt, ShopOwned, Base):
    """Somebody said whether an article helped."""

    __tablename__ = "kb_feedback"
    article_id: Mapped[UUID]
    locale: Mapped[str] = mapped_column(String(12), info=NONE)
    helpful: Mapped[bool]
    comment: Mapped[str | None] = mapped_column(String(2000), info=PII)
    visitor: Mapped[str | None] = mapped_column(String(120), info=PII)
    __table_args__ = (
        shop_fk("article_id", "kb_articles"),
        Index("ix_kb_feedback__article", "shop_id", "article_id", "created_at", "id"),
    )


class KbSearchRow(CreatedAt, ShopOwned, Base):
    """Somebody searched: what they found, what they opened, and whether a case followed within half an hour."""

    __tablename__ = "kb_searches"
    query: Mapped[str] = mapped_column(String(500), info=PII)
    locale: Mapped[str | None] = mapped_column(String(12), info=NONE)
    visitor: Mapped[str | None] = mapped_column(String(120), info=PII)
    customer_id: Mapped[UUID | None]
    results: Mapped[int]
    found_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    clicked_article_id: Mapped[UUID | None]
    clicked_at: Mapped[datetime | None]
    case_id: Mapped[UUID | None]
    case_opened_at: Mapped[datetime | None]
    searched_at: Mapped[datetime]
    __table_args__ = (
        shop_fk("clicked_article_id", "kb_articles"),
        Index("ix_kb_searches__at", "shop_id", "searched_at"),
        Index("ix_kb_searches__visitor", "shop_id", "visitor", "searched_at"),
        Index("ix_kb_searches__customer", "shop_id", "customer_id", "searched_at"),
        Index("ix_kb_searches__clicked", "shop_id", "clicked_article_id"),
        Index("ix_kb_searches__walk", "shop_id", "created_at", "id"),
    )


reached_by("kb_feedback", "visitor = ANY(:names)")
reached_by("kb_searches", "customer_id = ANY(:customers) OR visitor = ANY(:names)")


# Row-level security forbids an index whose operator is not leakproof, and `@@` is none; so the words are met by a look-up that
# names the shop itself. Texts are ranked first and their articles looked at in that order, until enough are public.
sql_function(
    f"""CREATE FUNCTION kb_matches(asked_query text, configs text[], asked_locale text, asked_language text, internal boolean, most int)
RETURNS TABLE (id uuid, fit real) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT c.name::regconfig AS cfg,
           websearch_to_tsquery(c.name::regconfig, asked_query) || websearch_to_tsquery(c.name::regconfig, {folded("asked_query")}) AS q
    FROM unnest(configs) AS c(name)
  ), ranked AS (
    SELECT t.shop_id, t.id, t.article_id, ts_rank(t.search, asked.q) AS fit
    FROM asked JOIN public.kb_article_translations t ON t.cfg = asked.cfg AND t.search @@ asked.q
    WHERE t.shop_id = nullif(current_setting('app.shop', true), '')::uuid AND t.status = 'published'
      AND (asked_locale IS NULL OR t.locale = asked_locale OR t.locale LIKE asked_language)
    ORDER BY fit DESC, t.article_id)
  SELECT r.id, r.fit FROM ranked r CROSS JOIN LATERAL (
    SELECT FROM public.kb_articles a
    WHERE a.shop_id = r.shop_id AND a.id = r.article_id AND (internal OR a.visibility = 'public')) a
  LIMIT most
$$""",  # noqa: S608 - constant parts only
    name="kb_matches",
    reads={
        "kb_article_translations": "id, shop_id, article_id, cfg, locale, search, status",
        "kb_articles": "id, shop_id, visibility",
    },
    signature="text, text[], text, text, boolean, int",
)
