"""Figures that are kept: the same question has the same answer until its inputs change."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import analysis
from app.analysis.errors import keeping, service
from app.analysis.kept import repository as kept_repository
from app.analysis.kept import service as kept
from app.analysis.kept.digests import input_digest, used_keys
from app.analysis.kept.documents import UnreadableFigure, from_json, to_json
from app.analysis.kept.service import Computation
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database, System, SystemUse, Tenant
from app.platform.housekeeping import remove_in_batches
from app.statistics.attribution import ErrorSources, Method, ProcessShare, error_sources
from tests.analysis.factories import NOVEMBER, DrawnCall, GivenAnswer, SampleFactory
from tests.people import Centre, make_centre

URL = "/v1/reports/error-sources"
OVER = {"from": "2026-11-01", "to": "2026-11-20"}
PROCESS, AGENT = GivenAnswer("greeting", "process"), GivenAnswer("greeting", "agent")


async def asked(client: httpx.AsyncClient, **params: Any) -> Any:
    answer = await client.get(URL, params=OVER | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def rows(database: Database, centre: Centre) -> list[Any]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await session.fetch_all("SELECT * FROM report_figures ORDER BY computed_at")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[ErrorSources]:
    """Every time that the sources of errors are really computed."""
    made: list[ErrorSources] = []

    def count(*given: Any) -> ErrorSources:
        made.append(error_sources(*given))
        return made[-1]

    monkeypatch.setattr(service, "error_sources", count)
    return made


async def two_calls(factory: SampleFactory) -> list[UUID]:
    """Two calls with an error each, the first one of the process; the ids of their evaluations."""
    return await factory.draw(
        await factory.plan(),
        DrawnCall("50", "0.3", answers=(PROCESS,)),
        DrawnCall("50", "0.7", agent=1, answers=(AGENT,)),
    )


async def test_the_same_question_is_answered_without_computing_again(
    centre: Centre, factory: SampleFactory, computed: list[ErrorSources]
) -> None:
    await two_calls(factory)
    first, second, third = [await asked(centre.leader) for _ in range(3)]
    assert len(computed) == 1
    assert first == second == third
    figure = first["figure"]
    assert (figure["method"], figure["changed"]) == (keeping.COMPUTATION.method, None)
    assert len(figure["input_digest"]) == 64
    estimate = computed[0].process_share.estimate
    assert estimate is not None
    assert first["process_share"]["value"] == pytest.approx(estimate.value, abs=1e-6)


async def test_another_question_has_a_figure_of_its_own(
    centre: Centre, factory: SampleFactory, database: Database, computed: list[ErrorSources]
) -> None:
    await two_calls(factory)
    await asked(centre.leader)
    await asked(centre.leader, project_id=str(centre.project_id))
    await asked(centre.leader, to="2026-11-21")
    assert len(computed) == len(await rows(database, centre)) == 3
    # The same question in other words.
    await asked(centre.leader, to="2026-11-20T00:00:00Z")
    await asked(centre.admin, **{"from": "2026-11-01T03:00:00+03:00"}, format="json")
    assert len(computed) == 3


async def test_a_period_that_is_not_over_is_not_kept(
    centre: Centre, factory: SampleFactory, database: Database, computed: list[ErrorSources]
) -> None:
    await two_calls(factory)
    for params in ({}, {"to": "2027-01-01"}, NOVEMBER):
        answer = await centre.leader.get(URL, params=params)
        assert answer.json()["figure"]["changed"] is None
        assert len(answer.json()["figure"]["input_digest"]) == 64
    assert len(computed) == 3
    assert await rows(database, centre) == []


async def test_a_revision_changes_the_figure_and_the_answer_says_so(
    centre: Centre, factory: SampleFactory, computed: list[ErrorSources]
) -> None:
    first, second = await two_calls(factory)
    before = await asked(centre.leader)
    await factory.revise(first, "50", AGENT)
    after, again = [await asked(centre.leader) for _ in range(2)]
    assert before["process_share"]["value"] == pytest.approx(0.7)
    assert after["process_share"]["value"] == 0
    assert after["figure"]["changed"] == {
        "previous_value": before["process_share"]["value"],
        "previous_input_digest": before["figure"]["input_digest"],
        "previous_computed_at": before["figure"]["computed_at"],
        "reason": "inputs",
    }
    assert after["figure"]["input_digest"] != before["figure"]["input_digest"]
    # It is said to everyone who asks from now on.
    assert again == after
    assert len(computed) == 2
    # A revision that changes nothing of the errors changes no figure.
    await factory.revise(second, "40", AGENT)
    assert await asked(centre.leader) == after
    # The next change names the figure before it.
    await factory.revise(second, "50", PROCESS, number=3)
    latest = (await asked(centre.leader))["figure"]["changed"]
    assert (latest["previous_value"], latest["previous_input_digest"]) == (0, after["figure"]["input_digest"])


async def test_a_new_agent_changes_no_figure(
    centre: Centre, factory: SampleFactory, computed: list[ErrorSources]
) -> None:
    await two_calls(factory)
    before = await asked(centre.leader)
    await centre.admin.post("/v1/agents", json={"external_id": "new", "full_name": "Anna Bell"})
    assert await asked(centre.leader) == before
    assert len(computed) == 1


async def test_a_change_of_the_method_is_said(
    centre: Centre, factory: SampleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_calls(factory)
    before = await asked(centre.leader)
    newer = Computation("error-sources", "marks-2", ErrorSources, keeping.COMPUTATION.value)
    monkeypatch.setattr(service, "COMPUTATION", newer)
    # Another method that gives the same figure has changed nothing.
    same = await asked(centre.leader)
    assert (same["figure"]["method"], same["figure"]["changed"]) == ("marks-2", None)

    def without_errors(*_: Any) -> ErrorSources:
        return ErrorSources(
            errors=0,
            process_share=ProcessShare(None, Method.PROVISIONAL, 0, None, None),
            marked_process_share=None,
            standout_agents=(),
            by_item=(),
            by_reason=(),
            by_team=(),
            by_week=(),
            probabilities=np.zeros(0),
        )

    monkeypatch.setattr(service, "COMPUTATION", Computation("error-sources", "marks-3", ErrorSources, newer.value))
    monkeypatch.setattr(service, "error_sources", without_errors)
    after = await asked(centre.leader)
    assert after["process_share"]["value"] is None
    assert after["figure"]["changed"]["reason"] == "method"
    assert after["figure"]["changed"]["previous_value"] == before["process_share"]["value"]


async def test_a_figure_that_another_release_wrote_is_computed_again(
    centre: Centre, factory: SampleFactory, database: Database, computed: list[ErrorSources]
) -> None:
    await two_calls(factory)
    before = await asked(centre.leader)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        await session.execute("UPDATE report_figures SET figures = '{\"errors\": 2}'")
    after = await asked(centre.leader)
    assert after["by_item"] == before["by_item"]
    assert len(computed) == 2


async def test_a_figure_that_cannot_be_stored_is_answered_all_the_same(
    centre: Centre, factory: SampleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_calls(factory)

    async def fail(*_: Any) -> None:
        raise ConnectionError("the database is read only")

    monkeypatch.setattr(kept_repository, "keep", fail)
    assert (await asked(centre.leader))["errors"] == 2


async def test_two_who_ask_at_once_keep_one_figure(centre: Centre, factory: SampleFactory, database: Database) -> None:
    await two_calls(factory)
    answers = await asyncio.gather(*(asked(centre.leader) for _ in range(4)))
    assert len({answer["figure"]["input_digest"] for answer in answers}) == 1
    (row,) = await rows(database, centre)
    assert row.change_reason is None


async def test_another_tenant_has_its_own_figures(
    centre: Centre, factory: SampleFactory, app: Any, context: Any, database: Database
) -> None:
    await two_calls(factory)
    await asked(centre.leader)
    async with make_centre(app, context) as other:
        assert (await asked(other.leader))["errors"] == 0
        assert len(await rows(database, other)) == len(await rows(database, centre)) == 1


async def test_old_and_surplus_figures_are_removed(
    centre: Centre, factory: SampleFactory, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_calls(factory)
    for day in range(3, 8):
        await asked(centre.leader, to=f"2026-11-0{day}")
    monkeypatch.setattr(kept, "MOST_FIGURES", 3)
    newest = [row.id for row in await rows(database, centre)][-3:]
    async with database.begin(System(SystemUse.DISCARD_OLD)) as session:
        assert await analysis.remove_old_figures(session, 100, kept=timedelta(days=400)) == 0
    assert await remove_in_batches(analysis.remove_surplus_figures, database, batch=1) >= 2
    assert [row.id for row in await rows(database, centre)] == newest
    with use_clock(FixedClock(datetime.now(UTC) + timedelta(days=401))):
        async with database.begin(System(SystemUse.DISCARD_OLD)) as session:
            assert await analysis.remove_old_figures(session, 100, kept=timedelta(days=400)) >= 3
    assert await rows(database, centre) == []


class Kind(StrEnum):
    A = "a"


@dataclass(frozen=True)
class Inner:
    value: float
    low: float | None


@dataclass(frozen=True)
class Outer:
    count: int
    kind: Kind | None
    inner: Inner | None
    many: tuple[Inner, ...]
    numbers: tuple[int, ...]


numbers = st.floats(allow_nan=False, allow_infinity=False)
inners = st.builds(Inner, numbers, st.none() | numbers)


@given(
    st.builds(
        Outer,
        st.integers(-(2**62), 2**62),
        st.none() | st.just(Kind.A),
        st.none() | inners,
        st.lists(inners).map(tuple),
        st.lists(st.integers(0, 9)).map(tuple),
    )
)
def test_figures_are_read_as_they_were_written(figure: Outer) -> None:
    text = to_json(figure)
    assert from_json(Outer, text) == figure
    # Zero has a sign, which equality does not see.
    assert to_json(from_json(Outer, text)) == text


@dataclass(frozen=True, eq=False)
class WithArray:
    values: npt.NDArray[np.float64]


def test_arrays_are_read_as_they_were_written() -> None:
    values = np.array([0.1, 1e-300, 1 / 3])
    assert np.array_equal(from_json(WithArray, to_json(WithArray(values))).values, values)


UNREADABLE = ["{}", "[]", "null", '{"value": "1", "low": null}', '{"value": 1}', "{", '{"value": true, "low": 1}']


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_such_figure_is_not_read(text: str) -> None:
    with pytest.raises(UnreadableFigure):
        from_json(Inner, text)


def test_a_number_that_is_not_finite_is_not_kept() -> None:
    with pytest.raises(ValueError, match="nan"):
        to_json(Inner(float("nan"), None))


def test_a_digest_tells_inputs_apart() -> None:
    ones = np.array([1, 2])
    different = [
        input_digest(ones),
        input_digest(ones, ones),
        input_digest(np.array([1, 2, 1, 2])),
        input_digest(np.array([[1, 2]])),
        input_digest(ones.astype(np.float64)),
        input_digest(np.array([1, 2 - 2**32])),
        input_digest(np.array([True, False])),
        input_digest(np.zeros(0)),
        input_digest(np.zeros(0, dtype=np.int64)),
        input_digest(np.array([2, 1])),
        input_digest([1, 2]),
        input_digest(Inner(1, 2)),
        input_digest(Inner(2, 1)),
        input_digest(ones, ["a"]),
        input_digest(ones, ["b"]),
    ]
    assert len(set(different)) == len(different)
    for same in (ones.astype(">i8"), ones.astype(np.int32), np.array([1, 2, 3])[:2], np.array([1, 0, 2])[::2]):
        assert input_digest(same) == input_digest(ones)
    assert input_digest(np.array([0.5]).astype(">f8")) == input_digest(np.array([0.5]))


def test_keys_that_nothing_uses_are_no_input() -> None:
    assert used_keys(np.array([2, 0, -1, 2]), ["a", "b", "c", "d"]) == ["a", "c"]
