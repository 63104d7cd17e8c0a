"""The steps of a flow as a graph: where each may lead, and which ones lie before it."""

from aftersales_api.followups.policy.definition import END, FlowDefinition, Step


def targets(flow: FlowDefinition, step: Step) -> list[tuple[str, str]]:
    """Where a step may lead, each with the pointer of the member that says so; going back by `repeat` included."""
    here = f"/steps/{flow.steps.index(step)}"
    if step.branch is not None:
        cases = [(f"{here}/branch/cases/{place}/to", case.to) for place, case in enumerate(step.branch.cases)]
        return [*cases, *([(f"{here}/branch/else", step.branch.else_)] if step.branch.else_ else [])]
    if step.split is not None:
        return [(f"{here}/split/arms/{place}/to", arm.to) for place, arm in enumerate(step.split.arms)]
    if step.exit is not None:
        return []
    on = [(f"{here}/next", flow.after(step))]
    if step.wait and step.wait.until_event and step.wait.until_event.on_timeout:
        on.append((f"{here}/wait/until_event/on_timeout", step.wait.until_event.on_timeout))
    return [*on, *([(f"{here}/repeat/to", step.repeat.to)] if step.repeat else [])]


def followers(flow: FlowDefinition) -> dict[str, set[str]]:
    """Each step and those it may lead to; the end is not a step, unless an exit bears its name."""
    ids = {step.id for step in flow.steps}
    return {step.id: {to for _, to in targets(flow, step) if to in ids or to != END} for step in flow.steps}


def onward(flow: FlowDefinition) -> dict[str, set[str]]:
    """The same without the way back of `repeat`."""
    back = {step.id: {step.repeat.to} - {flow.after(step)} for step in flow.steps if step.repeat}
    return {step_id: tos - back.get(step_id, set()) for step_id, tos in followers(flow).items()}


def reached_from(start: str, leads_to: dict[str, set[str]]) -> set[str]:
    """Every step that a run beginning there may come to, the start included."""
    found, waiting = set[str](), [start]
    while waiting:
        step_id = waiting.pop()
        if step_id not in found:
            found.add(step_id)
            waiting += leads_to.get(step_id, ())
    return found


def before(flow: FlowDefinition, step_id: str) -> set[str]:
    """The steps that may lead to this one."""
    leads_to = followers(flow)
    return {step.id for step in flow.steps if any(step_id in reached_from(to, leads_to) for to in leads_to[step.id])}


def cycle_at(flow: FlowDefinition) -> set[str]:
    """The steps that lead back to themselves other than by `repeat`."""
    leads_to = onward(flow)
    return {step.id for step in flow.steps if any(step.id in reached_from(to, leads_to) for to in leads_to[step.id])}
