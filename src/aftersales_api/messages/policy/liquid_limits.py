"""A Liquid that a hostile template cannot turn into work: no clock, no files, and a price for every step.

python-liquid limits nested loops, names, output and depth. Left open are ranges outside loops, loops one after the
other, one filter that makes a huge string, and sources whose reading takes quadratic time; those are closed here by
counting steps, so the limit does not depend on how fast the machine is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final, TextIO

from liquid import Environment, RenderContext, StrictUndefined, Undefined
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import FilterError, LiquidSyntaxError, LoopIterationLimitError, OutputStreamLimitError
from liquid.expression import Expression
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.utils import ReadOnlyChainMap

LOOPS: Final = 2_000
NAMESPACE: Final = 50_000
OUTPUT: Final = 200_000
DEPTH: Final = 20
SOURCE: Final = 200_000
TOKENS: Final = 1_500
TOKEN_LENGTH: Final = 2_000
STEPS: Final = 15_000
_LARGEST_BITS: Final = 256
_SPLIT = re.compile(r"\{\{|\{%")
_TAG_NAME = re.compile(r"\{%-?\s*(\w+|#)")
_QUADRATIC_FILTERS: Final = frozenset({"uniq"})


class CappedRange(RangeLiteral):
    """`(1..n)` of at most as many steps as a loop may have, wherever it stands."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        found = super().evaluate(context)
        if found.stop - found.start > LOOPS:
            raise LoopIterationLimitError("the range is longer than a loop may be", token=self.token)
        return found


class Toll(Node):
    """Stands at the head of a block and takes the price of one pass through it."""

    __slots__ = ("price",)

    def __init__(self, token: Token, price: int) -> None:
        super().__init__(token)
        self.price = price

    def __str__(self) -> str:
        return ""

    def render_to_output(self, context: RenderContext, _buffer: TextIO) -> int:
        if isinstance(context, CountedContext):
            context.spend(self.price)
        return 0


class CountedContext(RenderContext):
    """What a template may look at: the given names only. `now` and `today` do not exist: time is given."""

    __slots__ = ("steps_left",)

    def __init__(self, template: BoundTemplate, **options: Any) -> None:
        super().__init__(template, **options)
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)
        self.steps_left = STEPS

    def spend(self, steps: int) -> None:
        """Take steps from the budget; a template that has used it up ends here."""
        self.steps_left -= steps
        if self.steps_left < 0:
            raise LoopIterationLimitError("the template takes too many steps", token=None)

    def parentloop(self) -> object:
        """The loop around this one; nothing outside of loops (the library makes an undefined name, which would raise)."""
        return self.loops[-1] if self.loops else None

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        found = super().filter(name, token)

        def measured(left: object, *args: object, **named: object) -> object:
            given = [_weight(each) for each in (left, *args, *named.values())]
            self.spend(1 + sum(given) // 100)
            if name in _QUADRATIC_FILTERS and isinstance(left, list | tuple):
                self.spend(len(left) * len(left) // 100)
            if name == "join" and isinstance(left, range):
                raise FilterError("a range cannot be joined", token=token)
            result = found(left, *args, **named)
            self.spend(_weight(result) // 100)
            return result

        return measured


class CountedTemplate(BoundTemplate):
    context_class = CountedContext


class ShopLiquid(Environment):
    """The Liquid that shops write: known tags and filters, unknown names raise, nothing is loaded from anywhere."""

    context_depth_limit: ClassVar[int] = DEPTH
    block_nesting_limit: ClassVar[int] = DEPTH
    loop_iteration_limit: ClassVar[int | None] = LOOPS
    local_namespace_limit: ClassVar[int | None] = NAMESPACE
    output_stream_limit: ClassVar[int | None] = OUTPUT
    template_class = CountedTemplate

    def __init__(
        self,
        *,
        autoescape: bool,
        filters: Mapping[str, Callable[..., Any]],
        undefined: type[Undefined] = StrictUndefined,
    ) -> None:
        super().__init__(autoescape=autoescape, undefined=undefined)
        for tag in ("include", "render", "liquid", "doc"):
            self.tags.pop(tag, None)
        for unwanted in ("safe", "escapejs"):
            self.filters.pop(unwanted, None)
        self.filters.update(filters)

    def compiled(self, source: str) -> BoundTemplate:
        """The parsed template with its prices; refuses what is too long or cannot be read in linear time."""
        check_source(source)
        template = self.from_string(source)
        _price(template.nodes, CountedContext(template))
        if template.nodes:
            template.nodes.insert(0, Toll(template.nodes[0].token, sum(map(_own_weight, template.nodes))))
        return template


def check_source(source: str) -> None:
    """Refuse a source that is too long, or whose tags are not closed: unclosed ones take quadratic time to read."""
    if len(source) > SOURCE:
        raise LiquidSyntaxError("the template is too long", token=None)
    for count, (start, end) in enumerate(token_spans(source)):
        if count >= TOKENS or end - start > TOKEN_LENGTH:
            raise LiquidSyntaxError("the template has too many or too long tags", token=None)
        name = _TAG_NAME.match(source, start, end)
        if name and name[1] in {"raw", "doc", "endraw", "enddoc"}:
            raise LiquidSyntaxError(f"the tag '{name[1]}' is not available", token=None)


def token_spans(source: str) -> Iterator[tuple[int, int]]:
    """Where each `{{ … }}` and `{% … %}` starts and ends."""
    place = 0
    while found := _SPLIT.search(source, place):
        closer = "}}" if found[0] == "{{" else "%}"
        end = source.find(closer, found.end())
        if end < 0:
            raise LiquidSyntaxError(f"'{found[0]}' is never closed", token=None)
        place = end + 2
        yield found.start(), place


def _price(nodes: Iterable[Node], context: RenderContext) -> None:
    for node in nodes:
        for expression in node.expressions():
            _cap(expression)
        children = list(node.children(context, include_partials=False))
        if isinstance(node, BlockNode):
            node.nodes.insert(0, Toll(node.token, 1 + sum(map(_own_weight, node.nodes))))
        _price(children, context)


def _cap(expression: Expression) -> None:
    # The library builds its range nodes itself and offers no hook; a subclass without fields takes their place.
    if type(expression) is RangeLiteral:
        expression.__class__ = CappedRange
    for child in expression.children():
        _cap(child)


def _own_weight(node: Node) -> int:
    if isinstance(node, ContentNode):
        return 1 + len(node.text) // 200
    return 1 + sum(_count(expression) for expression in node.expressions())


def _count(expression: Expression) -> int:
    return 1 + sum(map(_count, expression.children()))


def _weight(value: object) -> int:
    """About how many characters a value is; too many, or a number too large, ends the template."""
    weight = 1
    if isinstance(value, str):
        weight = len(value)
    elif isinstance(value, list | tuple):
        weight = len(value) + sum(len(each) for each in value if isinstance(each, str))
        if len(value) > LOOPS:
            raise FilterError("the list is too long", token=None)
    elif isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        raise FilterError("the number is too large", token=None)
    if weight > OUTPUT:
        raise OutputStreamLimitError("the text is too long", token=None)
    return weight
