"""405 names in `Allow` every method of the path, not only those of the first route that has it (RFC 9110, section 15.5.6).

A path that says more wins: `/v1/returns/quote` is no return called "quote", whatever the method.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from aftersales_api.web import etags, problems
from aftersales_api.web.routing import Route


async def answer(request: Request, failure: Exception) -> JSONResponse:
    """The problem of a method that the path does not know."""
    response = await problems.answer(request, failure)
    path = request.url.path
    routes = [route for route in etags.routes_of(request.app) if route.path_regex.match(path)]
    named = [route for route in routes if not (isinstance(route, Route) and route.is_said_otherwise(path))]
    found = {method for route in named for method in route.methods or ()}
    if "GET" in found:
        found.add("HEAD")
    if found:
        response.headers["Allow"] = ", ".join(sorted(found))
    return response


def settle(app: FastAPI) -> None:
    """Let every path with ids give way to those that say a word in the same place."""
    routes = list(etags.routes_of(app))
    forms = {route.path_format: route.path_regex for route in routes}
    for route in routes:
        if isinstance(route, Route) and "{" in route.path_format:
            route.gives_way_to = tuple(
                form
                for path, form in forms.items()
                if path != route.path_format and route.path_regex.match(path) and not form.match(route.path_format)
            )
