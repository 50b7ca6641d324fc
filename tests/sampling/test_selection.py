"""Systematic selection from a seed, and its digests."""

from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from itertools import accumulate
from random import Random
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from app.sampling.draws.selection import (
    frame_classes,
    frame_digest,
    select,
    selection_order,
    stratum_offsets,
    systematic,
)
from app.sampling.draws.types import FrameDesign, SizedCall
from app.sampling.plans.types import PlanDesign
from app.sampling.types import seed_commitment
from app.statistics.fixed_point import TRILLION
from app.statistics.systematic import systematic_start
from tests.sampling.factories import a_frame, a_seed, an_id, quota_plan, rate_plan, sized_calls

UNEVEN = [[1, 2, 3, 1, 9], [1] * 12, [4, 1, 1, 1, 7, 1, 2], [5] * 3, [1, 30]]


def taken_by_points(seed: bytes, design: FrameDesign) -> set[UUID]:
    """The same selection told another way: the points 1 − r, 2 − r, … fall into the calls laid end to end."""
    frame = sorted(
        design.calls,
        key=lambda d: (
            sha256(seed + d.call.agent_id.bytes).hexdigest() + sha256(seed + d.call.call_id.bytes).hexdigest()
        ),
    )
    ends = list(accumulate(designed.inclusion_prob_e12 for designed in frame))
    start = int(sha256(seed + b"start").hexdigest(), 16) % TRILLION
    points = range(TRILLION - start, design.expected_n_e12 + 1, TRILLION)
    return {frame[bisect_left(ends, point)].call.call_id for point in points}


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=20), min_size=1, max_size=6),
    st.integers(1, 8),
    st.binary(min_size=32, max_size=32),
)
def test_the_selection_is_the_one_anybody_derives_from_the_seed(
    sizes: list[list[int]], quota: int, seed: bytes
) -> None:
    design = a_frame(quota_plan(quota), sizes)
    selections = select(seed, design.calls)
    assert {selection.call.call_id for selection in selections} == taken_by_points(seed, design)
    assert len(selections) * TRILLION == design.expected_n_e12


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=20), min_size=1, max_size=6),
    st.sampled_from(["0.02", "0.31", "0.9"]),
    st.binary(min_size=32, max_size=32),
)
def test_a_frame_whose_probabilities_sum_to_no_whole_number_gives_it_rounded_up_or_down(
    sizes: list[list[int]], rate: str, seed: bytes
) -> None:
    design = a_frame(rate_plan(rate, supplementary=True), sizes)
    selections = select(seed, design.calls)
    assert {selection.call.call_id for selection in selections} == taken_by_points(seed, design)
    assert abs(len(selections) * TRILLION - design.expected_n_e12) < TRILLION


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=20), min_size=1, max_size=6),
    st.sampled_from([quota_plan(3), rate_plan("0.3", floor=0), rate_plan("0.17", supplementary=True)]),
    st.binary(min_size=32, max_size=32),
)
def test_strata_selected_from_one_by_one_give_the_sample_of_the_whole_frame(
    sizes: list[list[int]], plan: PlanDesign, seed: bytes
) -> None:
    design = a_frame(plan, sizes)
    taken = set()
    for agent_id, offset in stratum_offsets(seed, reversed(design.strata)).items():
        stratum = [designed for designed in design.calls if designed.call.agent_id == agent_id]
        taken |= {designed.call for designed in systematic(offset, selection_order(seed, stratum))}
        assert 0 <= offset < TRILLION
    assert taken == {selection.call for selection in select(seed, design.calls)}


def test_the_order_of_the_frame_changes_nothing() -> None:
    design = a_frame(rate_plan("0.3"), UNEVEN)
    shuffled = list(design.calls)
    Random(3).shuffle(shuffled)
    assert select(a_seed(1), shuffled) == select(a_seed(1), design.calls)


def test_another_seed_gives_another_sample() -> None:
    design = a_frame(rate_plan("0.3"), UNEVEN)
    samples = {frozenset(s.call.call_id for s in select(a_seed(n), design.calls)) for n in range(20)}
    assert len(samples) == 20


def test_selections_keep_what_they_were_drawn_with() -> None:
    design = a_frame(rate_plan("0.3"), UNEVEN)
    inclusions = {designed.call: designed.inclusion_prob_e12 for designed in design.calls}
    assert all(inclusions[s.call] == s.inclusion_prob_e12 for s in select(a_seed(1), design.calls))


def test_a_sample_is_shown_in_random_order_numbered_from_one() -> None:
    design = a_frame(quota_plan(10), [[1] * 10, [1] * 10])
    orders = [select(a_seed(n), design.calls) for n in range(2)]
    assert [s.position for s in orders[0]] == list(range(1, 21))
    assert {s.call for s in orders[0]} == {s.call for s in orders[1]}
    assert [s.call for s in orders[0]] != [s.call for s in orders[1]]
    agents = [s.call.agent_id for s in orders[0]]
    assert agents != sorted(agents)
    assert agents != sorted(agents, reverse=True)


def test_an_empty_frame_gives_an_empty_sample() -> None:
    assert select(a_seed(1), []) == ()


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_of_another_length_is_refused(seed: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        select(seed, a_frame(rate_plan("0.3"), UNEVEN).calls)
    with pytest.raises(ValueError, match="32 bytes"):
        seed_commitment(seed)


def test_the_commitment_is_the_hash_of_the_seed() -> None:
    assert seed_commitment(a_seed(1)) == sha256(a_seed(1)).digest()


def test_the_start_is_a_trillionth_below_one() -> None:
    starts = [systematic_start(a_seed(n), b"start") for n in range(400)]
    assert all(0 <= start < TRILLION for start in starts)
    assert np.mean(starts) == pytest.approx(TRILLION / 2, rel=0.1)


DRAWS = 800
DESIGN = a_frame(rate_plan("0.3"), UNEVEN)


@pytest.fixture(scope="module")
def samples() -> list[set[UUID]]:
    """Many draws from one frame, each with a seed of its own."""
    return [{s.call.call_id for s in select(a_seed(n), DESIGN.calls)} for n in range(DRAWS)]


def test_every_draw_has_exactly_the_planned_size(samples: list[set[UUID]]) -> None:
    assert {len(sample) * TRILLION for sample in samples} == {DESIGN.expected_n_e12}


def test_every_stratum_has_its_expected_count_rounded_up_or_down(samples: list[set[UUID]]) -> None:
    agent_of = {designed.call.call_id: designed.call.agent_id for designed in DESIGN.calls}
    for sample in samples:
        counts = Counter(agent_of[call_id] for call_id in sample)
        for stratum in DESIGN.strata:
            assert abs(counts[stratum.agent_id] * TRILLION - stratum.expected_n_e12) < TRILLION


def test_calls_are_drawn_as_often_as_their_probability_says(samples: list[set[UUID]]) -> None:
    uncertain = [designed for designed in DESIGN.calls if designed.inclusion_prob_e12 < TRILLION]
    statistic = 0.0
    for designed in uncertain:
        share = designed.inclusion_prob_e12 / TRILLION
        drawn = sum(designed.call.call_id in sample for sample in samples)
        statistic += (drawn - DRAWS * share) ** 2 / (DRAWS * share * (1 - share))
    assert chi2.ppf(0.001, len(uncertain)) < statistic < chi2.ppf(0.999, len(uncertain))


def test_certain_calls_are_in_every_draw(samples: list[set[UUID]]) -> None:
    certain = {designed.call.call_id for designed in DESIGN.calls if designed.inclusion_prob_e12 == TRILLION}
    assert certain
    assert all(certain <= sample for sample in samples)


def digest(calls: list[SizedCall]) -> bytes:
    return frame_digest(frame_classes(calls))


class TestFrameDigest:
    CALLS = sized_calls([[1, 2, 1], [3], [1, 1]])

    def test_it_hashes_agent_size_and_the_hash_of_the_call_ids_by_agent_and_size(self) -> None:
        ids: dict[tuple[str, int], list[str]] = {}
        for call in self.CALLS:
            ids.setdefault((call.agent_id.hex, call.size_e6), []).append(call.call_id.hex)
        text = "".join(
            f"{agent}{size:016x}{sha256(bytes.fromhex(''.join(sorted(ids[agent, size])))).hexdigest()}"
            for agent, size in sorted(ids)
        )
        assert len(ids) == 4
        assert digest(self.CALLS) == sha256(bytes.fromhex(text)).digest()

    def test_an_empty_frame_hashes_nothing(self) -> None:
        assert digest([]) == sha256(b"").digest()

    def test_the_order_of_the_frame_changes_nothing(self) -> None:
        assert digest(self.CALLS[::-1]) == digest(self.CALLS)

    def test_a_missing_call_another_size_and_another_agent_all_change_it(self) -> None:
        first, *rest = self.CALLS
        frames = [
            self.CALLS,
            rest,
            [replace(first, size_e6=first.size_e6 + 1), *rest],
            [replace(first, agent_id=an_id("agent", 2)), *rest],
            [replace(first, call_id=an_id("another")), *rest],
        ]
        assert len({digest(frame) for frame in frames}) == len(frames)
