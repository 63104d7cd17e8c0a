"""405 names in `Allow` every method of the path, not only those of the first route that has it (RFC 9110, section 15.5.6)."""

from fastapi import Request
from fastapi.responses import JSONResponse

from aftersales_api.web import problems, versions


async def answer(request: Request, failure: Exception) -> JSONResponse:
    """The problem of a method that the path does not know."""
    response = await problems.answer(request, failure)
    path = request.url.path
    routes = [route for route in versions.routes_of(request.app) if route.path_regex.match(path)]
    named = [route for route in routes if route.path == path] or routes  # /v1/returns/quote is no return called "quote"
    found = {method for route in named for method in route.methods or ()}
    if "GET" in found:
        found.add("HEAD")
    if found:
        response.headers["Allow"] = ", ".join(sorted(found))
    return response
