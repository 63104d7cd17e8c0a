"""Public reviews are asked of everybody alike: never of the happy only, and never for points (engagement.md, section 1)."""

from collections.abc import Iterator
from typing import Final

from aftersales_api.followups.policy.definition import FlowDefinition, Step, Watch
from aftersales_api.followups.policy.graph import before
from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.errors import FieldProblem

PUBLIC_PLATFORMS: Final = frozenset({"google", "trustpilot"})
PAYMENTS: Final = frozenset({"loyalty.earn", "loyalty.adjust", "issue_reward"})
# Members of fields that tell what a customer thought of us.
SCORE_WORDS: Final = frozenset(
    {
        "score",
        "previous_score",
        "is_low",
        "was_low",
        "low_score",
        "nps",
        "csat",
        "ces",
        "rating",
        "stars",
        "sentiment",
        "is_detractor",
        "is_promoter",
    }
)


def review_problems(flow: FlowDefinition) -> Iterator[FieldProblem]:
    """A path to a public review request with a score condition on it, or in a flow that pays."""
    for place, step in enumerate(flow.steps):
        if not _asks_publicly(step):
            continue
        if any(mentions_score(condition) for condition in _on_the_way(flow, step.id)):
            detail = "A public review request must not depend on a score: ask everybody or nobody."
            yield FieldProblem(f"/steps/{place}/action", "review_gated_by_score", detail)
        if any(other.action and other.action.type in PAYMENTS for other in flow.steps):
            detail = "A public review is never paid with points or rewards."
            yield FieldProblem(f"/steps/{place}/action", "review_paid", detail)


def mentions_score(condition: Condition) -> bool:
    """Whether a condition asks what a customer thought of us."""
    return any(SCORE_WORDS & set(name.split(".")) for name in condition.fields)


def _asks_publicly(step: Step) -> bool:
    if step.action is None or step.action.type != "review_request":
        return False
    return step.action.params.get("platform") in PUBLIC_PLATFORMS


def _on_the_way(flow: FlowDefinition, step_id: str) -> Iterator[Condition]:
    """Every condition that decides whether a run comes to this step; one that ends runs early (exit, goal) decides too."""
    watches = [*flow.exit_on, *([flow.goal] if flow.goal else [])]
    yield from _present([flow.trigger.filter, flow.entry_conditions, *(watch.filter for watch in watches)])
    earlier = before(flow, step_id)
    for step in flow.steps:
        if step.id in earlier:
            yield from _of_step(step)


def _of_step(step: Step) -> Iterator[Condition]:
    awaited: Watch | None = step.wait.until_event if step.wait else None
    cases = step.branch.cases if step.branch else []
    yield from _present([*(case.if_ for case in cases), awaited.filter if awaited else None])


def _present(conditions: list[Condition | None]) -> Iterator[Condition]:
    return (condition for condition in conditions if condition is not None)
