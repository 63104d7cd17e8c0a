"""Languages of search, the terms of a suggestion, and what counts as spared."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final

# The text search configurations that PostgreSQL ships, by the language of a locale.
CONFIGS: Final[dict[str, str]] = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch", "en": "english",
    "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian",
    "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali", "no": "norwegian", "nb": "norwegian",
    "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
UNKNOWN_LANGUAGE: Final = ("spanish", "english")
DEFLECTION_WINDOW: Final = timedelta(minutes=30)
MOST_TERMS: Final = 24
_WORD: Final = re.compile(r"\w{3,40}")
_BARE_ENDING: Final = re.compile(r"(?<=[cs])ion\b", re.IGNORECASE)


def config_of(locale: str) -> str:
    """The text search configuration of a locale; `simple` where PostgreSQL ships none."""
    return CONFIGS.get(locale.split("-", maxsplit=1)[0].lower(), "simple")


def configs_of_query(locale: str | None) -> tuple[str, ...]:
    """In which configurations to search: that of the language, or Spanish and English when nobody knows it."""
    return UNKNOWN_LANGUAGE if locale is None else (config_of(locale),)


def with_accents(query: str, configs: Sequence[str]) -> str:
    """The Spanish ending -ción and -sión as it is written: only so has `devolucion` the stem of `devoluciones`.

    Search takes a query also without its accents, so nothing that was found is lost.
    """
    return _BARE_ENDING.sub("ión", query) if "spanish" in configs else query


def top_terms(subject: str, message: str) -> list[str]:
    """The words a suggestion is searched by, any of them: those of the subject first, then the commonest of the message."""
    title = list(dict.fromkeys(word.lower() for word in _WORD.findall(subject)))
    body = [word for word, _ in Counter(word.lower() for word in _WORD.findall(message)).most_common(MOST_TERMS)]
    return list(dict.fromkeys([*title, *body]))[:MOST_TERMS]


def any_of(terms: list[str]) -> str:
    """The words as a query that any of them satisfies (websearch syntax)."""
    return " or ".join(terms)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a question meets an article: how many of its words it asked by, how many the article has, how many its title."""

    asked: int
    met: int
    met_in_title: int
    helpful: int = 0
    unhelpful: int = 0


ENOUGH_WORDS: Final = 2
DOUBT: Final = 4
"""So many readers' voices weigh as much as the article's own word."""


def confidence(fit: Fit) -> Fraction:
    """How far an article may be given as the answer, from 0 to 1.

    The share of the question's words that the article has; a quarter of it depends on how many of those stand in its title.
    Questions of one word say little, and readers who were not helped count against the article.
    """
    if not fit.met:
        return Fraction(0)
    share = Fraction(fit.met, fit.asked)
    heading = Fraction(3 * fit.met + fit.met_in_title, 4 * fit.met)
    plain = min(Fraction(1), Fraction(fit.asked + 1, ENOUGH_WORDS + 1))
    trust = Fraction(fit.helpful + DOUBT, fit.helpful + fit.unhelpful + DOUBT)
    return share * heading * plain * trust
