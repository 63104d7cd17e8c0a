"""Macros, canned replies, automations, escalation rules and the settings of cases."""

from fastapi import Response

from aftersales_api.cases.models import (
    AutomationRow,
    AutomationRunRow,
    CannedReplyRow,
    CaseRow,
    EscalationRuleRow,
    MacroRow,
)
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import rules
from aftersales_api.cases.schemas import rules as shapes
from aftersales_api.cases.schemas.ids import AutomationId, CannedReplyId, CaseId, EscalationRuleId, MacroId
from aftersales_api.cases.service import configuring, context
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra import db
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("case-rules")


@router.post("/v1/macros", scope="settings:write", status_code=201)
async def create_macro(body: shapes.MacroCreate, tx: Tx, now: Now, response: Response) -> shapes.Macro:
    """Ordered actions and a text, for agents to apply at once."""
    shown = shapes.Macro.model_validate(await configuring.create(tx, MacroRow, body, now))
    created(response, f"/v1/macros/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/macros", scope="cases:read")
async def list_macros(tx: Tx, page: PageQuery) -> shapes.MacroPage:
    """Macros, newest first."""
    rows, end = await page.run(tx, rules.macro_list(), MacroRow)
    return shapes.MacroPage(items=[shapes.Macro.model_validate(row) for row in rows], **end)


@router.get("/v1/macros/{macro_id}", scope="cases:read")
async def get_macro(macro_id: MacroId, tx: Tx) -> shapes.Macro:
    """One macro."""
    return shapes.Macro.model_validate(await db.get(tx, MacroRow, macro_id))


@router.patch("/v1/macros/{macro_id}", scope="settings:write")
async def update_macro(macro_id: MacroId, body: shapes.MacroUpdate, tx: Tx, now: Now) -> shapes.Macro:
    """Change a macro."""
    return shapes.Macro.model_validate(await configuring.change(tx, MacroRow, macro_id, body, now))


@router.post("/v1/cases/{case_id}/apply-macro", scope="cases:write")
async def apply_macro(
    case_id: CaseId, body: shapes.MacroApply, tx: Tx, caller: Caller, now: Now
) -> shapes.MacroApplied:
    """Apply a macro to a case: its text is the agent's own answer, then its actions in order."""
    deed = Deed.of(caller.actor, now, body.occurred_at, agent_id=body.agent_id)
    case, sent = await configuring.apply_macro(tx, case_id, body, deed)
    return shapes.MacroApplied(case=await context.answer(tx, case), sent=sent)


@router.post("/v1/canned-replies", scope="settings:write", status_code=201)
async def create_canned_reply(
    body: shapes.CannedReplyCreate, tx: Tx, now: Now, response: Response
) -> shapes.CannedReply:
    """A ready text in several languages."""
    shown = shapes.CannedReply.model_validate(await configuring.create(tx, CannedReplyRow, body, now))
    created(response, f"/v1/canned-replies/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/canned-replies", scope="cases:read")
async def list_canned_replies(tx: Tx, page: PageQuery) -> shapes.CannedReplyPage:
    """Ready texts, newest first."""
    rows, end = await page.run(tx, rules.canned_reply_list(), CannedReplyRow)
    return shapes.CannedReplyPage(items=[shapes.CannedReply.model_validate(row) for row in rows], **end)


@router.get("/v1/canned-replies/{reply_id}", scope="cases:read")
async def get_canned_reply(reply_id: CannedReplyId, tx: Tx) -> shapes.CannedReply:
    """One ready text."""
    return shapes.CannedReply.model_validate(await db.get(tx, CannedReplyRow, reply_id))


@router.patch("/v1/canned-replies/{reply_id}", scope="settings:write")
async def update_canned_reply(
    reply_id: CannedReplyId, body: shapes.CannedReplyUpdate, tx: Tx, now: Now
) -> shapes.CannedReply:
    """Change a ready text."""
    return shapes.CannedReply.model_validate(await configuring.change(tx, CannedReplyRow, reply_id, body, now))


@router.post("/v1/automations", scope="settings:write", status_code=201)
async def create_automation(body: shapes.AutomationCreate, tx: Tx, now: Now, response: Response) -> shapes.Automation:
    """A rule. A trigger runs on an event, once; a timed rule at an exact instant, and it must end itself (422)."""
    shown = shapes.Automation.model_validate(await configuring.create(tx, AutomationRow, body, now))
    created(response, f"/v1/automations/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/automations", scope="settings:read")
async def list_automations(tx: Tx, page: PageQuery) -> shapes.AutomationPage:
    """Rules, newest first; `position` is their order."""
    rows, end = await page.run(tx, rules.automation_list(), AutomationRow)
    return shapes.AutomationPage(items=[shapes.Automation.model_validate(row) for row in rows], **end)


@router.get("/v1/automations/{automation_id}", scope="settings:read")
async def get_automation(automation_id: AutomationId, tx: Tx) -> shapes.Automation:
    """One rule."""
    return shapes.Automation.model_validate(await db.get(tx, AutomationRow, automation_id))


@router.patch("/v1/automations/{automation_id}", scope="settings:write")
async def update_automation(
    automation_id: AutomationId, body: shapes.AutomationUpdate, tx: Tx, now: Now
) -> shapes.Automation:
    """Change or switch off a rule."""
    return shapes.Automation.model_validate(await configuring.change(tx, AutomationRow, automation_id, body, now))


@router.get("/v1/cases/{case_id}/automation-runs", scope="cases:read")
async def list_case_automation_runs(case_id: CaseId, tx: Tx, page: PageQuery) -> shapes.AutomationRunPage:
    """What rules did on a case, newest first."""
    await db.get(tx, CaseRow, case_id)
    rows, end = await page.run(tx, rules.run_list(case_id), AutomationRunRow)
    return shapes.AutomationRunPage(items=[shapes.AutomationRun.model_validate(row) for row in rows], **end)


@router.post("/v1/escalation-rules", scope="settings:write", status_code=201)
async def create_escalation_rule(
    body: shapes.EscalationRuleCreate, tx: Tx, now: Now, response: Response
) -> shapes.EscalationRule:
    """What to do about risks, breaches, age, bad moods and reopening: once for each clock, when its doors are open."""
    shown = shapes.EscalationRule.model_validate(await configuring.create(tx, EscalationRuleRow, body, now))
    created(response, f"/v1/escalation-rules/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/escalation-rules", scope="settings:read")
async def list_escalation_rules(tx: Tx, page: PageQuery) -> shapes.EscalationRulePage:
    """Escalation rules, newest first."""
    rows, end = await page.run(tx, rules.escalation_rule_list(), EscalationRuleRow)
    return shapes.EscalationRulePage(items=[shapes.EscalationRule.model_validate(row) for row in rows], **end)


@router.get("/v1/escalation-rules/{rule_id}", scope="settings:read")
async def get_escalation_rule(rule_id: EscalationRuleId, tx: Tx) -> shapes.EscalationRule:
    """One escalation rule."""
    return shapes.EscalationRule.model_validate(await db.get(tx, EscalationRuleRow, rule_id))


@router.patch("/v1/escalation-rules/{rule_id}", scope="settings:write")
async def update_escalation_rule(
    rule_id: EscalationRuleId, body: shapes.EscalationRuleUpdate, tx: Tx, now: Now
) -> shapes.EscalationRule:
    """Change or switch off an escalation rule."""
    return shapes.EscalationRule.model_validate(await configuring.change(tx, EscalationRuleRow, rule_id, body, now))


@router.get("/v1/cases/{case_id}/escalations", scope="cases:read")
async def list_case_escalations(case_id: CaseId, tx: Tx) -> shapes.Escalations:
    """Which rules fired on a case, and which wait for the doors to open."""
    await db.get(tx, CaseRow, case_id)
    return shapes.Escalations(items=[shapes.Escalation.of(row) for row in await rules.escalations_of(tx, case_id)])


@router.get("/v1/case-settings", scope="settings:read")
async def get_case_settings(tx: Tx, now: Now) -> shapes.CaseSettings:
    """The shop's choices for its cases."""
    return shapes.CaseSettings.of(await questions.settings_row(tx, now))


@router.patch("/v1/case-settings", scope="settings:write")
async def update_case_settings(body: shapes.CaseSettingsUpdate, tx: Tx, now: Now) -> shapes.CaseSettings:
    """Change the shop's choices for its cases. Send the ETag you read in If-Match."""
    return shapes.CaseSettings.of(await configuring.change_settings(tx, body, now))
