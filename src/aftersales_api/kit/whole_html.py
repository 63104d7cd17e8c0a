"""HTML that others wrote, made fit for Python's parser, which reads what is never closed again and again until the end.

What a browser skips (WHATWG HTML, 13.2.5: comments, declarations, processing instructions, end tags without a name) is taken out, and
what opens no tag, or a tag that never ends, becomes text. After that the parser's time grows with the length alone.
"""

import re
from typing import Final

LONGEST: Final = 300_000
"""Characters of a page that are looked at; a message shows a third of it."""
_SKIPPED: Final = re.compile(r"<!--.*?(?:-->|\Z)|<(?:[!?]|/(?![A-Za-z]))[^>]*+(?:>|\Z)", re.DOTALL)
_NO_TAG: Final = re.compile(r"<(?![A-Za-z/])")


def whole(html: str) -> str:
    """The same page as far as it is looked at, of which every tag is one and ends."""
    known = _NO_TAG.sub("&lt;", _SKIPPED.sub("", html[:LONGEST]))
    end = known.rfind(">") + 1
    return known[:end] + known[end:].replace("<", "&lt;")
