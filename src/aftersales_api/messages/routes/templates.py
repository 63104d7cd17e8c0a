"""Templates: Liquid and MJML per language, checked when saved, checked again and put live when published."""

from typing import Annotated

from fastapi import Path, Query, Response

from aftersales_api.infra import db
from aftersales_api.messages.models import TemplateRow, TemplateVersionRow
from aftersales_api.messages.policy import shapes
from aftersales_api.messages.queries import written
from aftersales_api.messages.schemas import (
    Template,
    TemplateCreate,
    TemplateId,
    TemplateKey,
    TemplatePage,
    TemplatePreview,
    TemplatePreviewWish,
    TemplatePublish,
    TemplateShape,
    TemplateShapes,
    TemplateUpdate,
    TemplateVersion,
    TemplateVersionCreate,
    TemplateVersionPage,
)
from aftersales_api.messages.service import previewing, showing, templates
from aftersales_api.messages.service.templates import NewTemplate
from aftersales_api.messages.states import Channel, Klass, TemplateStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("templates")
READ, WRITE = "templates:read", "templates:write"
Keys = Annotated[list[TemplateKey], Query(default_factory=list, max_length=20, alias="key")]
Statuses = Annotated[list[TemplateStatus], Query(default_factory=list, max_length=5, alias="status")]
Classes = Annotated[list[Klass], Query(default_factory=list, max_length=6, alias="class")]
Channels = Annotated[list[Channel], Query(default_factory=list, max_length=5, alias="channel")]
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000)]
Kinds = Annotated[list[TemplateKey], Query(default_factory=list, max_length=20, alias="kind")]


@router.get("/v1/template-kinds", scope=READ)
async def list_template_kinds(_: Caller) -> TemplateShapes:
    """What a template of each kind may use, for an editor to offer; the examples are the sample of previews."""
    return TemplateShapes(
        items=[
            TemplateShape.model_validate({"kind": kind, "variables": shapes.variables(kind)}) for kind in shapes.KINDS
        ]
    )


@router.get("/v1/templates", scope=READ)
async def list_templates(
    tx: Tx, page: PageQuery, keys: Keys, statuses: Statuses, classes: Classes, channels: Channels, kinds: Kinds
) -> TemplatePage:
    """The shop's templates, the ones it started with included."""
    statement = written.templates(keys=keys, statuses=statuses, classes=classes, channels=channels, kinds=kinds)
    rows, end = await page.run(tx, statement, TemplateRow)
    return TemplatePage(items=[showing.template(row) for row in rows], **end)


@router.post("/v1/templates", scope=WRITE, status_code=201)
async def create_template(body: TemplateCreate, tx: Tx, caller: Caller, response: Response) -> Template:
    """A new template with its first version. Sources are read and laid out at once; what is wrong is listed by field."""
    wish = NewTemplate(body.key, body.name, body.class_, body.channel, body.kind)
    row = await templates.create(tx, wish, previewing.sources_of(body.locales), caller.actor, caller.now)
    shown = showing.template(row)
    created(response, f"/v1/templates/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/templates/{template_id}", scope=READ)
async def get_template(template_id: TemplateId, tx: Tx) -> Template:
    """One template; what it says is in its versions."""
    return showing.template(await db.get(tx, TemplateRow, template_id))


@router.patch("/v1/templates/{template_id}", scope=WRITE)
async def update_template(template_id: TemplateId, body: TemplateUpdate, tx: Tx) -> Template:
    """Change name, class or kind; what it says changes by a new version."""
    wish = {"name": body.name, "klass": body.class_.value if body.class_ else None, "kind": body.kind}
    return showing.template(await templates.change(tx, template_id, wish))


@router.delete("/v1/templates/{template_id}", scope=WRITE)
async def delete_template(template_id: TemplateId, tx: Tx) -> None:
    """Put a template away. What was sent from it stays explained, so it is archived, not erased."""
    await templates.archive(tx, template_id)


@router.post("/v1/templates/{template_id}/archive", scope=WRITE)
async def archive_template(template_id: TemplateId, tx: Tx) -> Template:
    """Put a template away; publishing brings it back."""
    return showing.template(await templates.archive(tx, template_id))


@router.post("/v1/templates/{template_id}/versions", scope=WRITE, status_code=201)
async def create_template_version(
    template_id: TemplateId, body: TemplateVersionCreate, tx: Tx, caller: Caller, response: Response
) -> TemplateVersion:
    """Another version of what it says; nothing changes for readers before it is published."""
    sources = previewing.sources_of(body.locales)
    shown = showing.version(await templates.add_version(tx, template_id, sources, caller.actor, caller.now))
    created(response, f"/v1/templates/{shown.model_dump(mode='json')['template_id']}/versions/{shown.number}")
    return shown


@router.get("/v1/templates/{template_id}/versions", scope=READ)
async def list_template_versions(template_id: TemplateId, tx: Tx, page: PageQuery) -> TemplateVersionPage:
    """Everything the template ever said."""
    await db.get(tx, TemplateRow, template_id)
    rows, end = await page.run(tx, written.versions(template_id), TemplateVersionRow)
    return TemplateVersionPage(items=[showing.version(row) for row in rows], **end)


@router.get("/v1/templates/{template_id}/versions/{number}", scope=READ)
async def get_template_version(template_id: TemplateId, number: VersionNumber, tx: Tx) -> TemplateVersion:
    """One version with its sources."""
    return showing.version(await written.version(tx, template_id, number))


@router.post("/v1/templates/{template_id}/preview", scope=READ)
async def preview_template(template_id: TemplateId, body: TemplatePreviewWish, tx: Tx) -> TemplatePreview:
    """Fill a version, or sources not yet saved, in with the sample or a real customer and order. Nothing is kept."""
    return await previewing.preview(tx, template_id, body)


@router.post("/v1/templates/{template_id}/publish", scope=WRITE)
async def publish_template(
    template_id: TemplateId, body: TemplatePublish, tx: Tx, caller: Caller, now: Now
) -> Template:
    """Put a version live. An unknown name, a limit reached or an empty subject refuses it, listed by field."""
    return showing.template(await templates.publish(tx, template_id, body.number, caller.actor, now))
