"""The life of a translation."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.states import Lifecycle


class ArticleStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Visibility(StrEnum):
    """Customers see public articles only."""

    PUBLIC = "public"
    INTERNAL = "internal"


A = ArticleStatus
ARTICLE: Final = Lifecycle(
    start=A.DRAFT,
    moves={
        "publish": (frozenset({A.DRAFT, A.ARCHIVED}), A.PUBLISHED),
        "unpublish": (frozenset({A.PUBLISHED}), A.DRAFT),
        "archive": (frozenset({A.DRAFT, A.PUBLISHED}), A.ARCHIVED),
    },
)


class KbVerdict(StrEnum):
    """Whether a machine may answer."""

    ANSWER = "answer"
    HAND_OVER = "hand_over"
