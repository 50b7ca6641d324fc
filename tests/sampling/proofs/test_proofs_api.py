"""Proofs of draws that the service has made: downloaded, checked twice over, and given to nobody too early."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.api.context import AppContext
from app.cli import cli
from app.sampling.proofs import export as proofs
from app.sampling.proofs.verify import check_proof_file
from app.sampling.types import CommitmentTime
from tests.identity.factories import problem
from tests.people import Centre
from tests.processes import qmt
from tests.queries import QueryRecorder
from tests.sampling.proofs.second_opinion import redo
from tests.sampling.tenant_factories import DAY, a_call, calls_of, create_plan, draw, hire, items_of, store_calls

RULES = {
    "new_agent": {"tenure_days": 60, "multiplier": 3},
    "complaint": 4,
    "low_csat": {"at_most": 2, "multiplier": 2.5},
    "long_hold": {"over_s": 12, "multiplier": 1.5},
}
QUOTA = {"mode": "quota", "rate": None, "rate_override_reason": None, "quota_per_agent": 4}


async def download(client: httpx.AsyncClient, drawn: dict[str, Any]) -> httpx.Response:
    answer = await client.get(f"/v1/draws/{drawn['id']}/proof")
    assert answer.status_code == 200, answer.text
    return answer


async def assert_proved(centre: Centre, drawn: dict[str, Any]) -> dict[str, Any]:
    """The proof is valid, a second verifier comes to the same calls, and they are those that the API shows."""
    answer = await download(centre.leader, drawn)
    check = check_proof_file(answer.content)
    assert check.discrepancy is None
    proof: dict[str, Any] = answer.json()
    sample = [tuple(s[name] for name in ("call_id", "agent_id", "size", "inclusion")) for s in proof["selections"]]
    assert sample == redo(proof)
    shown = await items_of(centre.leader, f"/v1/draws/{drawn['id']}/selections")
    assert [call_id for call_id, *_ in sample] == [selection["call_id"] for selection in shown]
    return proof


async def biased_draw(centre: Centre, context: AppContext, **changes: Any) -> dict[str, Any]:
    """A draw of about sixty of two hundred calls of ten agents, five of them new."""
    old = await hire(context.database, centre, 5, hired_on=DAY - timedelta(days=900))
    new = await hire(context.database, centre, 5, hired_on=DAY - timedelta(days=11))
    await calls_of(context.database, centre, [*old, *new], 20)
    plan = await create_plan(centre, **{"rate": 0.3, "rate_override_reason": "a test", "size": RULES} | changes)
    return await draw(centre, plan)


async def test_a_draw_of_the_service_is_proved(centre: Centre, context: AppContext) -> None:
    drawn = await biased_draw(centre, context)
    proof = await assert_proved(centre, drawn)
    assert (proof["frame_size"], proof["sample_size"], len(proof["strata"])) == (200, 60, 10)
    for name in ("plan_id", "seed", "seed_commitment", "frame_digest", "frame_size", "sample_size", "part"):
        assert proof[name] == drawn[name]
    assert {signal["name"] for s in proof["selections"] for signal in s["signals"]} == set(RULES)


async def test_a_quota_is_proved(centre: Centre, context: AppContext) -> None:
    drawn = await biased_draw(centre, context, **QUOTA)
    assert (await assert_proved(centre, drawn))["sample_size"] == 40


async def test_an_empty_draw_is_proved(centre: Centre) -> None:
    drawn = await draw(centre, await create_plan(centre))
    proof = await assert_proved(centre, drawn)
    assert (proof["strata"], proof["selections"], proof["frame_size"]) == ([], [], 0)


async def test_a_proof_tells_that_its_seed_was_fixed_only_when_the_window_was_over(centre: Centre) -> None:
    drawn = await draw(centre, await create_plan(centre))
    facts = check_proof_file((await download(centre.leader, drawn)).content).facts
    assert facts
    assert facts.commitment is CommitmentTime.AFTER_WINDOW


@pytest.mark.parametrize("mode", [{}, QUOTA], ids=["rate", "quota"])
async def test_a_supplementary_draw_is_proved(centre: Centre, context: AppContext, mode: dict[str, Any]) -> None:
    drawn = await biased_draw(centre, context, **mode)
    await store_calls(context.database, centre, [a_call(centre, complaint=n % 3 == 0) for n in range(25)])
    body = {"window_start": DAY.isoformat(), "supplementary": True}
    late = await centre.leader.post(f"/v1/sampling-plans/{drawn['plan_id']}/draws", json=body)
    assert late.status_code == 201, late.text
    proof = await assert_proved(centre, late.json())
    assert (proof["part"], proof["frame_size"], proof["parameters"]["supplementary"]) == (1, 25, True)


async def test_pages_of_any_length_give_the_same_proof(
    centre: Centre, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = await biased_draw(centre, context)
    whole = (await download(centre.leader, drawn)).content
    for length in (1, 5, 60):
        monkeypatch.setattr(proofs, "SELECTIONS_A_PAGE", length)
        monkeypatch.setattr(proofs, "STRATA_A_PAGE", length)
        assert (await download(centre.leader, drawn)).content == whole


async def test_a_proof_is_a_file_to_keep(centre: Centre) -> None:
    drawn = await draw(centre, await create_plan(centre))
    headers = (await download(centre.leader, drawn)).headers
    assert headers["Content-Type"] == "application/json"
    assert headers["Content-Disposition"] == f'attachment; filename="draw-{drawn["id"]}-proof.json"'


async def test_a_draw_that_is_only_committed_to_has_no_proof_yet(centre: Centre) -> None:
    await create_plan(centre)
    committed = await items_of(centre.leader, "/v1/draws", state="committed")
    assert committed
    for one in committed:
        refused = await centre.leader.get(f"/v1/draws/{one['id']}/proof")
        assert problem(refused) == (409, "draw_not_made")


async def test_what_is_no_draw_has_no_proof(centre: Centre) -> None:
    refused = await centre.leader.get(f"/v1/draws/{centre.project_id}/proof")
    assert problem(refused) == (404, "not_found")


async def test_a_verifier_learns_nothing_of_who_scores_what(centre: Centre, context: AppContext) -> None:
    drawn = await biased_draw(centre, context)
    answer = await download(centre.verifier, drawn)
    assert answer.content == (await download(centre.leader, drawn)).content
    assignments = await items_of(centre.leader, "/v1/assignments")
    secret = {centre.user_ids["verifier"], *(a["id"] for a in assignments), *(a["verifier_id"] for a in assignments)}
    assert assignments
    assert not any(str(one) in answer.text for one in secret if one)
    assert "explanation" not in answer.text
    assert "double_score_rate" not in answer.text


async def test_a_proof_costs_a_statement_a_page_and_its_transaction(
    centre: Centre, context: AppContext, queries: QueryRecorder
) -> None:
    drawn = await biased_draw(centre, context)
    queries.clear()
    await download(centre.leader, drawn)
    admission, read_draw, selections, strata = 2, 2, 2, 3
    assert len(queries) == admission + read_draw + selections + strata, queries.statements


class TestCommand:
    """`qmt verify-draw`, without any settings, database or environment."""

    async def test_says_what_a_valid_proof_shows(self, centre: Centre, tmp_path: Path) -> None:
        drawn = await draw(centre, await create_plan(centre))
        file = tmp_path / "proof.json"
        file.write_bytes((await download(centre.leader, drawn)).content)
        done = qmt("verify-draw", str(file), env={})
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] == "valid: the seed gives these 0 of 0 calls of 0 agents"
        assert drawn["id"] in done.stdout

    async def test_names_the_first_discrepancy(self, centre: Centre, tmp_path: Path) -> None:
        drawn = await draw(centre, await create_plan(centre))
        file = tmp_path / "proof.json"
        file.write_bytes((await download(centre.leader, drawn)).content.replace(b'"frame_size":0', b'"frame_size":1'))
        done = qmt("verify-draw", str(file), env={})
        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout == "INVALID: frame_size is 1 and should be 0\n"

    async def test_reads_standard_input(self, centre: Centre) -> None:
        drawn = await draw(centre, await create_plan(centre))
        content = (await download(centre.leader, drawn)).content
        assert CliRunner().invoke(cli, ["verify-draw", "-"], input=content).exit_code == 0
        assert CliRunner().invoke(cli, ["verify-draw", "-"], input=content[:-1]).exit_code == 1

    def test_a_file_does_not_steer_the_terminal(self) -> None:
        content = b'{"\\u001b[2K\\rvalid: the seed gives these 3 of 9 calls": 1}'
        done = CliRunner().invoke(cli, ["verify-draw", "-"], input=content)
        assert done.exit_code == 1
        assert done.output.startswith("INVALID: ")
        assert done.output.rstrip("\n").isprintable()

    def test_needs_a_file_that_it_can_read(self) -> None:
        done = qmt("verify-draw", "/nothing.json", env={})
        assert done.returncode == 2
        assert "/nothing.json" in done.stderr
