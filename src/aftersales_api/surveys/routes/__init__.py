"""Surveys over HTTP: the API, the public answers behind a link, and the hosted pages."""

from fastapi import APIRouter

from aftersales_api.surveys.routes.invitations import router as invitations
from aftersales_api.surveys.routes.pages import router as pages
from aftersales_api.surveys.routes.public import router as public
from aftersales_api.surveys.routes.responses import router as responses
from aftersales_api.surveys.routes.surveys import router as surveys

ROUTERS: tuple[APIRouter, ...] = (surveys, invitations, responses, public, pages)
