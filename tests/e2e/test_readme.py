"""The README's five minutes, run as they are printed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from app.demo.seeding import BEGUN, seed_if_wanted
from app.demo.types import Settings as CentreSettings
from app.platform.settings import Settings
from tests.processes import ROOT, running_api

pytestmark = pytest.mark.e2e


def tour() -> str:
    """The commands under the heading Five minutes."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Five minutes")[1]
    commands = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert commands
    return commands[1]


async def test_the_tour_works_as_printed(settings_of_processes: Settings, tmp_path: Path) -> None:
    settings = settings_of_processes.model_copy(update={"demo": True, "data_dir": tmp_path / "var"})
    settings.data_dir.mkdir()
    # As after a seeding that was cut short: the demo of another test does not stand in the way.
    (settings.data_dir / BEGUN).touch()
    assert await seed_if_wanted(settings, CentreSettings(agents=12, weeks=1))
    async with running_api(settings) as base_url:
        script = tour().replace("http://127.0.0.1:8000", base_url)
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    for shown in ('"design_effect"', "process_share", '"inclusion_probability"', '"external_id": "42"', '"valid": true'):
        assert shown in ran.stdout
    assert "/started_at" in ran.stdout
    assert "/duration_s" in ran.stdout
