"""`qmt`: run the service, or one part of it."""

import asyncio
import getpass
import json
import sys
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError

from app.platform.errors import DomainError
from app.platform.logging import configure_logging
from app.platform.parent import end_with_parent
from app.platform.settings import Settings

cli = typer.Typer(help="Quality management for call centres.", no_args_is_help=True, pretty_exceptions_enable=False)
tenants = typer.Typer(help="Tenants.", no_args_is_help=True)
cli.add_typer(tenants, name="tenant")


def main() -> None:
    cli()


def _settings() -> Settings:
    """The settings. From now on logs go where the settings say, and not to standard output."""
    try:
        settings = Settings()
    except ValidationError as error:
        for field_error in error.errors():
            place = "_".join(str(part) for part in field_error["loc"]).upper()
            typer.echo(f"{f'QMT_{place}' if place else 'Settings'}: {field_error['msg']}", err=True)
        raise typer.Exit(2) from None
    configure_logging(settings.log_level)
    return settings


def _settings_with_database() -> Settings:
    settings = _settings()
    if settings.database_url is None:
        typer.echo("QMT_DATABASE_URL is not set: set it, or start everything with `qmt run`", err=True)
        raise typer.Exit(2)
    return settings


def _printable(text: str) -> str:
    """Text from an untrusted file, without the characters that control a terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text[:1000])


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


@cli.command()
def run() -> None:
    """Start everything: the database (unless QMT_DATABASE_URL names one), migrations, API and worker."""
    from app.supervisor import CannotStart, run  # noqa: PLC0415 (each command loads only its own part)

    settings = _settings()
    try:
        asyncio.run(run(settings, _say))
    except* CannotStart as errors:
        typer.echo(f"QMT cannot start: {errors.exceptions[0]}", err=True)
        raise typer.Exit(1) from None


@cli.command()
def api() -> None:
    """Start an API process only."""
    settings = _settings_with_database()
    end_with_parent()
    uvicorn.run(
        "app.main:create",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=15,
    )


@cli.command()
def worker(
    queue: Annotated[list[str] | None, typer.Option(help="Serve only this queue; may be repeated.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Show Prometheus metrics of this worker here.")] = None,
) -> None:
    """Start a worker process only."""
    from app.worker import UnknownQueue, work  # noqa: PLC0415

    settings = _settings_with_database()
    end_with_parent()
    try:
        asyncio.run(work(settings, frozenset(queue) if queue else None, metrics_port))
    except UnknownQueue as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@cli.command()
def migrate() -> None:
    """Migrate the database to the newest version."""
    from app.platform.database.migrate import migrate  # noqa: PLC0415

    url = _settings_with_database().migration_database_url
    assert url is not None, "the settings take both URLs or none"
    asyncio.run(migrate(url))


@cli.command("verify-draw")
def verify_draw(
    proof: Annotated[
        typer.FileBinaryRead, typer.Argument(help="The downloaded proof of a draw; - reads standard input.")
    ],
) -> None:
    """Repeat a draw from its proof, offline, and check that it selects the same calls."""
    from app.sampling import check_proof_file, describe  # noqa: PLC0415

    check = check_proof_file(proof.read())
    if check.facts is None:
        _say(f"INVALID: {_printable(str(check.discrepancy))}")
        raise typer.Exit(1)
    for line in describe(check.facts):
        _say(line)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from app.api.application import build  # noqa: PLC0415

    typer.echo(json.dumps(build(None).openapi(), indent=2, ensure_ascii=False))


@cli.command("events")
def event_document() -> None:
    """Print docs/events.md: every type of event."""
    from app import analysis, wiring  # noqa: F401, PLC0415 (with them come all packages and their events)
    from app.events import write_document  # noqa: PLC0415

    typer.echo(write_document(), nl=False)


@tenants.command("create")
def create_tenant(
    slug: Annotated[str, typer.Argument(help="A short name: lower-case letters, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="The company's name.")],
    admin_email: Annotated[str, typer.Option(help="The e-mail address of the administrator.")],
    admin_password: Annotated[
        str | None, typer.Option(envvar="QMT_ADMIN_PASSWORD", help="Default: ask at the terminal.")
    ] = None,
) -> None:
    """Create a tenant with its first administrator."""
    password = admin_password or getpass.getpass("Password of the administrator: ")
    try:
        tenant_id = asyncio.run(_create_tenant(slug, name, admin_email, password))
    except DomainError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Tenant {slug} has id {tenant_id}")


async def _create_tenant(slug: str, name: str, email: str, password: str) -> str:
    from app.identity import create_tenant as create  # noqa: PLC0415
    from app.platform.database.local import local_database  # noqa: PLC0415
    from app.platform.database.scope import System, SystemUse  # noqa: PLC0415

    async with (
        local_database(_settings()) as database,
        database.begin(System(SystemUse.CREATE_TENANT)) as session,
    ):
        made = await create(session, slug=slug, name=name, admin_email=email, admin_password=password)
    return str(made.tenant_id)


if __name__ == "__main__":
    main()
