"""`aftersales dev|api|worker|migrate|shop|key|secrets|openapi|demo|doctor`."""

import asyncio
import gc
import json
import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from aftersales_api.cli import failures

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="After-sales for online shops."
)

secrets = typer.Typer(no_args_is_help=True, help="The keys under which secrets are sealed in the database.")
app.add_typer(secrets, name="secrets")


def main() -> None:
    """The console command; what an operator can mend is said in a line, without a trace of the code."""
    with failures.told():
        app()


def _load_fast() -> None:
    """While loading, rubbish is looked for among the newest only: almost all stays, and searching that again took a third of a start.

    Not looking at all would keep 14 MB of rubbish; the process looks everywhere once it is ready.
    """
    gc.set_threshold(20_000, 1_000_000, 1_000_000)


@app.command()
def dev() -> None:
    """Everything on this machine: embedded PostgreSQL (or AFTERSALES_DATABASE_URL), migrations, demo shop, API and worker."""
    _load_fast()
    from aftersales_api.cli import development

    development.run()


@app.command()
def api() -> None:
    """The HTTP API alone."""
    _load_fast()
    from aftersales_api.cli import checking, serving

    serving.serve_api(checking.chosen())


@app.command()
def worker() -> None:
    """A background worker alone; any number may run."""
    _load_fast()
    from aftersales_api.cli import checking, working

    working.give_way()
    uvloop.run(working.work(checking.chosen()))


@app.command()
def migrate(revision: str = "head") -> None:
    """Bring the database to a revision, waiting politely for locks."""
    from aftersales_api.cli import checking, migrations

    migrations.upgrade(checking.chosen(), revision)


@app.command()
def openapi(check: Annotated[bool, typer.Option(help="Fail when the committed file differs")] = False) -> None:
    """Write openapi/openapi.json, or check that it is current."""
    from aftersales_api.api import openapi as document
    from aftersales_api.api.app import create_app

    path = Path("openapi/openapi.json")
    text = document.as_text(create_app())
    if not check:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    elif not path.exists() or path.read_text() != text:
        typer.echo("openapi/openapi.json is not current: run `make openapi`", err=True)
        raise typer.Exit(1)


@app.command()
def shop(
    name: str,
    country: str = "ES",
    timezone: str = "Europe/Madrid",
    currency: str = "EUR",
    locales: str = "es,en",
    live: bool = False,
) -> None:
    """Set up a shop and print its first key."""
    from aftersales_api.cli import checking, tending

    options = checking.chosen()
    made = asyncio.run(tending.make_shop(options, name, country, timezone, currency, locales.split(","), live=live))
    typer.echo(json.dumps(made, indent=2))


@app.command()
def key(shop_id: str, name: str = "key", scopes: str = "admin", rate_per_minute: int | None = None) -> None:
    """Give a shop another key and print it."""
    from aftersales_api.cli import checking, tending

    typer.echo(asyncio.run(tending.make_key(checking.chosen(), shop_id, name, scopes.split(","), rate_per_minute)))


@secrets.command("new-key")
def new_key(name: str) -> None:
    """Print a fresh key under a name, for AFTERSALES_SECRET_KEYS."""
    from aftersales_api.infra.sealing import new_key as made

    if not name or {":", ","} & set(name):
        raise typer.BadParameter("a name without colons and commas, such as k2")
    typer.echo(made(name))


@secrets.command("rotate")
def rotate_secrets() -> None:
    """Seal everything anew under the first key of AFTERSALES_SECRET_KEYS, beside processes that serve."""
    from aftersales_api.cli import checking, secret_keys

    done = uvloop.run(secret_keys.rotate(checking.chosen()))
    for line in secret_keys.told(done):
        typer.echo(line)
    raise typer.Exit(1 if done.lost else 0)


@app.command()
def demo() -> None:
    """Tell the main story against a running server, or one of its own."""
    from aftersales_api.cli.demo import tell

    raise typer.Exit(tell(Path(os.environ.get("DATA_DIR", ".data"))))


@app.command()
def doctor() -> None:
    """Look at settings, database, roles, policies, clocks and workers, and say what is wrong."""
    from aftersales_api.cli import checking
    from aftersales_api.cli.doctor import examine

    findings = asyncio.run(examine(checking.readable()))
    for finding in findings:
        typer.echo(f"- {finding}")
    typer.echo("healthy" if not findings else f"{len(findings)} findings")
    raise typer.Exit(1 if findings else 0)
