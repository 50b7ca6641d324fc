"""The README's five minutes, run as they are printed."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from app.demo.seeding import seed_if_wanted
from app.demo.types import Settings as CentreSettings
from app.platform.database.embedded import DATABASE, EmbeddedPostgres
from app.platform.settings import Settings
from tests.conftest import make_database
from tests.processes import ROOT, running_api

pytestmark = pytest.mark.e2e


def tour() -> str:
    """The commands under the heading Five minutes."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Five minutes")[1]
    commands = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert commands
    return commands[1]


async def test_the_tour_works_as_printed(
    cluster: EmbeddedPostgres, worker_name: str, settings: Settings, tmp_path: Path
) -> None:
    urls = await make_database(cluster, f"{DATABASE}_{worker_name}_tour")
    changes = {"database_url": urls.runtime, "migration_database_url": urls.owner}
    settings = settings.model_copy(update=changes | {"demo": True, "data_dir": tmp_path / "var"})
    assert await seed_if_wanted(settings, CentreSettings(agents=12, weeks=1))
    async with running_api(settings) as base_url:
        script = tour().replace("http://127.0.0.1:8000", base_url)
        script = script.replace(".venv/bin/qmt", f"{sys.executable} -m app.cli")
        ran = await asyncio.create_subprocess_exec(
            "bash", "-euo", "pipefail", "-c", script, cwd=tmp_path, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await asyncio.wait_for(ran.communicate(), 120)
    shown = said.decode()
    assert ran.returncode == 0, shown
    for expected in ('"design_effect"', "process_share", '"inclusion_probability"', '"external_id": "42"'):
        assert expected in shown
    assert '"valid": true' in shown
    assert "valid: the seed gives these" in shown
    assert re.search(r"INVALID: selection.*\nfound out", shown)
    assert '"state": "committed"' in shown
    assert "'last_heard_at'" in shown
    assert "session_not_revealed\nrevealed\n" in shown
    assert "'fleiss_kappa'" in shown
    assert "'severity'" in shown
    assert "/started_at" in shown
    assert "/duration_s" in shown
