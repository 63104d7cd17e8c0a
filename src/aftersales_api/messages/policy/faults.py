"""What can be wrong with a template, as a value: a code, a sentence, and the line where it stands."""

from collections.abc import Iterator
from contextlib import contextmanager

from liquid.exceptions import LiquidError, LiquidSyntaxError, ResourceLimitError, UndefinedError


class TemplateFault(Exception):
    """A template cannot be read, laid out or filled in."""

    def __init__(self, code: str, detail: str, *, line: int | None = None, names: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail if line is None else f"Line {line}: {detail}"
        self.line = line
        self.names = names


@contextmanager
def liquid_faults() -> Iterator[None]:
    """Whatever a template can do wrong becomes a TemplateFault; the text of values is never repeated."""
    try:
        yield
    except UndefinedError as unknown:
        name = str(unknown.message).removesuffix(" is undefined").strip("'")
        raise TemplateFault(
            "unknown_variable", f"{name} is not available here.", line=_line(unknown), names=(name,)
        ) from unknown
    except ResourceLimitError as limit:
        raise TemplateFault("limit_reached", f"{limit.message}.", line=_line(limit)) from limit
    except LiquidSyntaxError as wrong:
        raise TemplateFault("syntax_error", f"{wrong.message}.", line=_line(wrong)) from wrong
    except LiquidError as wrong:
        raise TemplateFault("render_failed", f"{wrong.message}.", line=_line(wrong)) from wrong
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
        AssertionError,
    ) as wrong:
        raise TemplateFault("render_failed", "The template does something that cannot be computed.") from wrong


def _line(error: LiquidError) -> int | None:
    if error.token is None or error.token.start_index < 0:
        return None
    return error.token.source.count("\n", 0, error.token.start_index) + 1
