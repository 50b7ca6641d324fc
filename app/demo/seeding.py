"""Seeds the demo tenant: the last weeks of a simulated centre, sent through the service's own API."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, count
from uuid import UUID

import httpx
import numpy as np

from app import main
from app.api.context import AppContext
from app.demo.client import Api, in_process
from app.demo.people import DOMAIN, Account, Directory, make_directory
from app.demo.simulator import Centre, simulate
from app.demo.types import Settings as CentreSettings
from app.demo.work.calibration import calibrate
from app.demo.work.weeks import Week, is_late, make_plans, publish_scorecard, send_calls, send_spoken_calls
from app.identity import Role, create_tenant, tenant_slugs
from app.platform import clock
from app.platform.database.scope import System, SystemUse
from app.platform.settings import Settings

SLUG = "demo"
CREDENTIALS = "demo-credentials.json"
FULL_SIZE = CentreSettings()
# A file in the data directory while seeding goes on. Found at a start, it says that a seeding was interrupted.
IN_PROGRESS = "demo-begun"


async def seed_if_wanted(settings: Settings, size: CentreSettings = FULL_SIZE) -> bool:
    """Seed the demo tenant if the settings ask for it, or if they say nothing and there is no tenant; whether it did.

    The weeks are the last ones that are over; the first day of `size` does not matter.
    """
    app = main.create(settings.model_copy(update={"log_level": "error", "rate_limit_per_minute": 10**9}))
    async with in_process(app) as http:
        context: AppContext = app.state.context
        async with context.database.begin(System(SystemUse.LIST_TENANTS)) as session:
            slugs = await tenant_slugs(session)
        marker = settings.data_dir / IN_PROGRESS
        if not _is_wanted(settings, slugs, interrupted=marker.exists()):
            return False
        marker.touch()
        await _seed(settings, context, http, _centre(size), free_slug(slugs))
        marker.unlink()
    return True


def _is_wanted(settings: Settings, slugs: set[str], *, interrupted: bool) -> bool:
    if settings.demo is False:
        return False
    if interrupted:
        return True
    return SLUG not in slugs and (settings.demo is True or not slugs)


def free_slug(slugs: set[str]) -> str:
    """The slug of the demo, or the next free one: the tenant of an interrupted seeding stays as it is."""
    numbered = (f"{SLUG}-{number}" for number in count(2))
    return next(slug for slug in chain([SLUG], numbered) if slug not in slugs)


def _centre(size: CentreSettings) -> Centre:
    return simulate(replace(size, first_day=last_closed_monday(clock.now()) - timedelta(weeks=size.weeks - 1)))


async def _seed(settings: Settings, context: AppContext, http: httpx.AsyncClient, centre: Centre, slug: str) -> None:
    admin = Account(Role.ADMIN, f"admin@{DOMAIN}", "Administrator")
    async with context.database.begin(System(SystemUse.CREATE_TENANT)) as session:
        made = await create_tenant(
            session, slug=slug, name="Demo Centre", admin_email=admin.email, admin_password=admin.password
        )
    api = Api(http, settings, made.tenant_id, tokens={})
    api.sign(str(made.admin_id))
    directory = await make_directory(api, centre, str(made.admin_id), admin)
    scorecard_id = await publish_scorecard(api, centre, directory)
    await _simulate_weeks(api, context, centre, directory, scorecard_id)
    guests = await calibrate(api, centre, directory, scorecard_id, clock.now())
    _write_credentials(settings, slug, made.tenant_id, directory, guests)


async def _simulate_weeks(
    api: Api, context: AppContext, centre: Centre, directory: Directory, scorecard_id: str
) -> None:
    now = clock.now()
    mondays = [centre.settings.first_day + timedelta(weeks=number) for number in range(centre.settings.weeks)]
    await send_calls(api, directory, (call for call in centre.calls if not is_late(centre, call)))
    await send_spoken_calls(api, centre, directory, mondays[-1] + timedelta(days=3))
    plans = await make_plans(api, centre, directory, scorecard_id)
    rng = np.random.default_rng(centre.settings.seed)
    for monday in mondays:
        await Week(api, context.database, centre, directory, monday).simulate(plans, rng, now)


def last_closed_monday(now: datetime) -> date:
    """The Monday of the last week that is over in every time zone of the demo."""
    closed = (now.astimezone(UTC) - timedelta(hours=12)).date()
    return closed - timedelta(days=closed.weekday() + 7)


def _write_credentials(
    settings: Settings, slug: str, tenant_id: UUID, directory: Directory, guests: list[dict[str, str]]
) -> None:
    path = settings.data_dir / CREDENTIALS
    document = {
        "base_url": f"http://{settings.host}:{settings.port}",
        "tenant": slug,
        "tenant_id": str(tenant_id),
        "users": directory.credentials,
        "guests": guests,
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
