"""Is a message nothing but a "thanks"? Cautious: any other word, digit or question makes it a message to answer."""

import re
from typing import Final

_WORDS: Final = frozenset(
    (  # noqa: SIM905 - words in a row are read, a list of quotes is not
        "thanks thank you thx ty so very much many cheers ok okay great perfect super received got it all good solved fixed works "
        "gracias muchas mil muchisimas muchísimas vale perfecto genial estupendo recibido todo bien de acuerdo solucionado "
        "merci beaucoup danke schön obrigado obrigada grazie mille y and now ya por for your help su tu ayuda la the le te os "
        "saludos un saludo regards best kind a"
    ).split()
)
_CORE: Final = frozenset(
    (
        "thanks",
        "thank",
        "thx",
        "ty",
        "cheers",
        "gracias",
        "merci",
        "danke",
        "obrigado",
        "obrigada",
        "grazie",
        "ok",
        "vale",
    )
)
_LONGEST: Final = 15
_WORD: Final = re.compile(r"[^\W_]+")


def is_thanks(body: str) -> bool:
    """Whether the customer only thanks or agrees, in the languages we know."""
    if "?" in body or len(body) > 400:
        return False
    words = _WORD.findall(body.lower())
    return 0 < len(words) <= _LONGEST and not _CORE.isdisjoint(words) and all(word in _WORDS for word in words)
