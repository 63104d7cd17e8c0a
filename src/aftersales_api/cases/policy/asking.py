"""What rules may ask of a case, and whether a timed rule ends itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.conditions_rule import Every, Moment, Rule, bind
from aftersales_api.kit.conditions_values import Catalogue, FieldType

CATALOGUE: Final[Catalogue] = {
    "status": FieldType.TEXT,
    "priority": FieldType.TEXT,
    "type": FieldType.TEXT,
    "subject": FieldType.TEXT,
    "channel_origin": FieldType.TEXT,
    "initiator": FieldType.TEXT,
    "language": FieldType.TEXT,
    "category_id": FieldType.TEXT,
    "team_id": FieldType.TEXT,
    "assignee_id": FieldType.TEXT,
    "customer_id": FieldType.TEXT,
    "order_id": FieldType.TEXT,
    "product_id": FieldType.TEXT,
    "tags": FieldType.TEXT_LIST,
    "customer_tier": FieldType.TEXT,
    "customer_segments": FieldType.TEXT_LIST,
    "order_value": FieldType.MONEY,
    "reopen_count": FieldType.INTEGER,
    "is_answered": FieldType.BOOLEAN,
    "opened_at": FieldType.INSTANT,
    "status_since": FieldType.INSTANT,
    "last_customer_message_at": FieldType.INSTANT,
    "last_reply_at": FieldType.INSTANT,
    "event.message_kind": FieldType.TEXT,
    "event.author_type": FieldType.TEXT,
    "event.channel": FieldType.TEXT,
}
ANY_DAY: Final = Moment(datetime(2000, 1, 1, tzinfo=UTC))


def rule_of(condition: Mapping[str, Any] | None, pointer: str = "/body/condition") -> Rule | None:
    """The rule a stored condition states; none asks nothing."""
    return None if condition is None else bind(Condition.model_validate(condition), CATALOGUE, pointer=pointer)


def holds(condition: Mapping[str, Any] | None, facts: Mapping[str, Any], now: datetime, zone: str) -> bool:
    """Whether a stored condition holds for a case."""
    rule = rule_of(condition)
    return rule is None or rule.holds(facts, now=now, zone=zone)


def ends_itself(condition: Mapping[str, Any] | None, since: str, actions: Sequence[Mapping[str, Any]]) -> bool:
    """A timed rule must come to an end: its anchor passes once, or what it does makes its condition false."""
    if since == "opened_at":
        return True
    rule = rule_of(condition)
    if rule is None:
        return False
    parts = rule.of if isinstance(rule, Every) else (rule,)
    after = _changed_by(actions)
    return any(part.verdict(after, ANY_DAY) is False for part in parts if _fields(part) <= after.keys())


def _fields(rule: Rule) -> set[str]:
    return {getattr(leaf, "field", "") for leaf in rule.leaves()}


def _changed_by(actions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is known of a case after these actions."""
    after: dict[str, Any] = {}
    for action in actions:
        match action["do"]:
            case "set_status":
                after["status"] = action["status"]
            case "set_priority":
                after["priority"] = action["priority"]
            case "set_type":
                after["type"] = action["type"]
            case "set_category":
                after["category_id"] = action["category_id"]
            case "add_tags":
                after["tags"] = [*after.get("tags", ()), *action["tags"]]
            case "assign":
                after.update({name: action[name] for name in ("team_id", "agent_id") if action.get(name)})
            case "mark_spam":
                after["status"] = "spam"
            case _:
                pass
    if "agent_id" in after:
        after["assignee_id"] = after.pop("agent_id")
    return after
