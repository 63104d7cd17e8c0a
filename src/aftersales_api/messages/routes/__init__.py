"""Messages over HTTP: what was said, templates, consent, the contact policy, and the public pages."""

from fastapi import APIRouter

from aftersales_api.messages.routes.consents import router as consents
from aftersales_api.messages.routes.mailbox import router as mailbox
from aftersales_api.messages.routes.messages import router as messages
from aftersales_api.messages.routes.settings import router as settings
from aftersales_api.messages.routes.templates import router as templates
from aftersales_api.messages.routes.unsubscribe import router as unsubscribe

ROUTERS: tuple[APIRouter, ...] = (messages, templates, consents, settings, mailbox, unsubscribe)
