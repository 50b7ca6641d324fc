"""Seeds the demo tenant: a simulated centre whose eight weeks have passed through the service's own API."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from app import main
from app.api.context import AppContext
from app.demo.client import Api, in_process
from app.demo.people import DOMAIN, Account, Directory, make_directory
from app.demo.simulator import Centre, simulate
from app.demo.types import Settings as CentreSettings
from app.demo.work import Week, make_plans, publish_scorecard, push_calls, push_spoken_calls
from app.identity import Role, create_tenant, tenant_slugs
from app.platform import clock
from app.platform.scope import System
from app.platform.settings import Settings

SLUG = "demo"
WEEKS = 8


async def seed_if_wanted(settings: Settings) -> bool:
    """Seed the demo tenant if it is asked for, or if nobody said and there is no tenant yet; whether it was done."""
    if settings.demo is False:
        return False
    app = main.create(settings.model_copy(update={"log_level": "error", "rate_limit_per_minute": 10**9}))
    async with in_process(app) as http:
        context: AppContext = app.state.context
        async with context.database.begin(System("is there a tenant yet?")) as session:
            slugs = await tenant_slugs(session)
        if SLUG in slugs or (slugs and settings.demo is None):
            return False
        await _seed(settings, context, lambda tenant_id: Api(http, settings, tenant_id, {}))
    return True


async def _seed(settings: Settings, context: AppContext, api_of: Any) -> None:
    first_monday = last_closed_monday(clock.now()) - timedelta(weeks=WEEKS - 1)
    centre = simulate(CentreSettings(first_day=first_monday, weeks=WEEKS))
    admin = Account(Role.ADMIN, f"admin@{DOMAIN}", "Administrator")
    async with context.database.begin(System("seeding the demo tenant")) as session:
        made = await create_tenant(
            session, slug=SLUG, name="Demo Centre", admin_email=admin.email, admin_password=admin.password
        )
    api: Api = api_of(made.tenant_id)
    api.sign(str(made.admin_id))
    directory = await make_directory(api, centre, str(made.admin_id), admin)
    await _pass_weeks(api, context, centre, directory)
    _write_credentials(settings, made.tenant_id, directory)


async def _pass_weeks(api: Api, context: AppContext, centre: Centre, directory: Directory) -> None:
    now, mondays = clock.now(), [centre.settings.first_day + timedelta(weeks=number) for number in range(WEEKS)]
    await push_calls(api, centre, directory)
    await push_spoken_calls(api, centre, directory, mondays[-1] + timedelta(days=3))
    plans = await make_plans(api, centre, directory, await publish_scorecard(api, centre, directory))
    rng = np.random.default_rng(centre.settings.seed)
    for monday in mondays:
        await Week(api, context.database, centre, directory, monday).pass_by(plans, rng, now)


def last_closed_monday(now: datetime) -> date:
    """The Monday of the last week that has ended in every time zone of the demo."""
    closed = (now.astimezone(UTC) - timedelta(hours=12)).date()
    return closed - timedelta(days=closed.weekday() + 7)


def _write_credentials(settings: Settings, tenant_id: UUID, directory: Directory) -> None:
    path: Path = settings.data_dir / "demo-credentials.json"
    document = {
        "base_url": f"http://{settings.host}:{settings.port}",
        "tenant": SLUG,
        "tenant_id": str(tenant_id),
        "users": directory.credentials,
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
