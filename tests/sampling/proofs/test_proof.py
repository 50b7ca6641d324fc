"""Proofs of draws: the true ones are valid, and whatever is changed in one is found."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sampling.plans.types import PlanDesign, SizeRules
from app.sampling.proofs.document import canonical, moment
from app.sampling.proofs.verify import check_proof, check_proof_file, describe
from app.sampling.types import CommitmentTime
from app.sampling.windows import WindowKind, window_of
from app.statistics.fixed_point import MILLION
from tests.sampling.factories import a_seed, an_id, quota_plan, rate_plan, sized_calls
from tests.sampling.proofs.factories import (
    DAY,
    PLAN,
    RULES,
    a_proof,
    calls_with_signals,
    changed,
    leaves,
    plain,
    sealed,
)
from tests.sampling.proofs.second_opinion import redo

PROOF = plain(a_proof())
CONTENT = canonical(PROOF)

PLANS = [
    PLAN,
    replace(PLAN, rate=Decimal(1)),
    replace(PLAN, floor_per_agent=0, rate=Decimal("0.05")),
    replace(PLAN, supplementary=True),
    replace(quota_plan(3), size=RULES),
    replace(quota_plan(1), window=WindowKind.WEEK, timezone="America/New_York"),
    rate_plan("0.3", window=WindowKind.MONTH),
]


def discrepancy(document: object) -> str:
    found = check_proof(document).discrepancy
    assert found is not None
    return found


def facts(document: object) -> Any:
    check = check_proof(document)
    assert check.valid, check.discrepancy
    return check.facts


def drawn(document: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(s["call_id"], s["agent_id"], s["size"], s["inclusion"]) for s in document["selections"]]


class TestTrueProofs:
    @pytest.mark.parametrize("plan", PLANS, ids=str)
    def test_are_valid(self, plan: PlanDesign) -> None:
        calls = calls_with_signals(4, 9, plan.size)
        shown = facts(plain(a_proof(plan, calls, part=int(plan.supplementary))))
        assert (shown.frame_size, shown.agents) == (36, 4)
        assert shown.draw_id == an_id("draw")

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(st.lists(st.just(1), min_size=1, max_size=12), max_size=5),
        st.sampled_from([rate_plan("0.5"), rate_plan("0.3", supplementary=True), quota_plan(3)]),
        st.binary(min_size=32, max_size=32),
    )
    def test_are_valid_whatever_the_seed_and_the_frame(
        self, sizes: list[list[int]], plan: PlanDesign, seed: bytes
    ) -> None:
        plan = replace(plan, floor_per_agent=0)
        facts(plain(a_proof(plan, sized_calls(sizes), seed=seed, part=int(plan.supplementary))))

    @settings(deadline=None, max_examples=60)
    @given(st.sampled_from(PLANS), st.integers(1, 5), st.integers(1, 9), st.binary(min_size=32, max_size=32))
    def test_say_what_a_second_verifier_says(self, plan: PlanDesign, agents: int, each: int, seed: bytes) -> None:
        plan = replace(plan, floor_per_agent=0)
        proof = plain(a_proof(plan, calls_with_signals(agents, each, plan.size), seed=seed))
        assert redo(proof) == drawn(proof)

    def test_of_an_empty_window_are_valid(self) -> None:
        shown = facts(plain(a_proof(PLAN, [])))
        assert (shown.frame_size, shown.agents, shown.sample_size) == (0, 0, 0)

    @pytest.mark.parametrize("day_of_change", ["2026-03-08", "2026-11-01"])
    def test_are_valid_across_changes_of_the_clock(self, day_of_change: str) -> None:
        plan = replace(rate_plan("0.5"), timezone="America/New_York")
        window = window_of(plan.window, plan.timezone, DAY.fromisoformat(day_of_change))
        proof = plain(a_proof(plan, sized_calls([[1, 1]])))
        times = {"committed_at": moment(window.starts_at), "drawn_at": moment(window.ends_at)}
        start_on, end_on = window.start_on.isoformat(), window.end_on.isoformat()
        dates = {"start_on": start_on, "end_on": end_on, "start": times["committed_at"], "end": times["drawn_at"]}
        assert (window.ends_at - window.starts_at) != timedelta(days=1)
        facts(sealed(proof | times | {"window": proof["window"] | dates}))

    def test_are_valid_however_they_are_spaced_and_ordered(self) -> None:
        assert check_proof_file(json.dumps(dict(reversed(PROOF.items())), indent=3).encode()).valid

    @pytest.mark.parametrize(
        ("minutes", "told_as", "words"),
        [
            (-1, CommitmentTime.BEFORE_WINDOW, "before the window opened"),
            (0, CommitmentTime.IN_WINDOW, "while the window was open"),
            (24 * 60, CommitmentTime.AFTER_WINDOW, "after the window had closed"),
        ],
    )
    def test_tell_when_the_seed_was_committed_to(self, minutes: int, told_as: CommitmentTime, words: str) -> None:
        window = window_of(PLAN.window, PLAN.timezone, DAY)
        at = moment(window.starts_at + timedelta(minutes=minutes))
        shown = facts(sealed(PROOF | {"committed_at": at}))
        assert shown.commitment is told_as
        last = list(describe(shown))[-1]
        assert words in last
        assert last.startswith("warning: ") == (told_as is not CommitmentTime.BEFORE_WINDOW)

    def test_tell_the_draw_in_plain_words(self) -> None:
        late = plain(a_proof(replace(PLAN, supplementary=True), part=2))
        (first, second, third) = describe(facts(late))
        assert first == f"valid: the seed gives these {late['sample_size']} of 8 calls of 2 agents"
        assert second == f"draw {an_id('draw')}, day from 2026-03-02 in Europe/Moscow, part 2 (calls that came late)"
        assert third.startswith("committed to at 2026-03-01T19:59:59.999995Z, before")


def another(value: Any) -> Any:
    """A value of the same kind, as close by as it gets."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value.endswith("Z"):
            return another(value[:-1]) + "Z"
        case str() if value[-1] in "0123456789abcdef":
            return value[:-1] + "123456789abcdef0"[int(value[-1], 16)]
        case str():
            return value + "x"
        case _:
            return "1"


LEAVES = [pytest.param(path, value, id=".".join(map(str, path))) for path, value in leaves(PROOF)]

# What the sample does not depend on, so that a proof made up with another checksum passes: names, which versions of
# which plan, and moments within their bounds; how eligible calls were told from others, which are not in it; and
# limits above which calls are larger, of which the proof has only the outcome. docs/proofs.md says so.
FREE = {
    ("draw_id",),
    ("plan_id",),
    ("part",),
    ("committed_at",),
    ("drawn_at",),
    ("parameters", "plan_version"),
    ("parameters", "eligibility", "min_duration_s"),
    ("parameters", "eligibility", "require_recording"),
    ("parameters", "size", "erring_agent", "lookback_days"),
    ("parameters", "size", "erring_agent", "max_multiplier"),
    ("parameters", "size", "low_csat", "at_most"),
    ("parameters", "size", "long_hold", "over_s"),
}


class TestChangedProofs:
    @pytest.mark.parametrize(("path", "value"), LEAVES)
    def test_are_invalid_wherever_they_are_changed(self, path: tuple[str | int, ...], value: Any) -> None:
        assert not check_proof(changed(PROOF, *path, to=another(value))).valid

    @pytest.mark.parametrize(("path", "value"), LEAVES)
    def test_are_invalid_with_a_new_checksum_too_but_for_what_the_sample_does_not_depend_on(
        self, path: tuple[str | int, ...], value: Any
    ) -> None:
        if path == ("checksum",):
            return
        forged = sealed(changed(PROOF, *path, to=another(value)))
        assert check_proof(forged).valid == (path in FREE)

    @pytest.mark.parametrize(("path", "value"), LEAVES)
    def test_are_invalid_where_something_is_left_out(self, path: tuple[str | int, ...], value: Any) -> None:
        *outer, last = path
        assert not check_proof(without(PROOF, outer, last)).valid

    @pytest.mark.parametrize("bit", range(8))
    def test_are_invalid_whichever_bit_of_the_file_is_changed(self, bit: int) -> None:
        for position, byte in enumerate(CONTENT):
            content = CONTENT[:position] + bytes([byte ^ 1 << bit]) + CONTENT[position + 1 :]
            assert not check_proof_file(content).valid, content

    def test_are_invalid_whichever_byte_is_lost(self) -> None:
        contents = (CONTENT[:position] + CONTENT[position + 1 :] for position in range(len(CONTENT)))
        assert not any(check_proof_file(content).valid for content in contents)

    @settings(deadline=None)
    @given(st.sampled_from(list(leaves(PROOF))), st.sampled_from(list(leaves(PROOF))))
    def test_are_invalid_where_two_places_have_changed_places(self, one: Any, two: Any) -> None:
        mixed = changed(changed(PROOF, *one[0], to=two[1]), *two[0], to=one[1])
        assert check_proof(mixed).valid == (mixed == PROOF)


def without(document: Any, outer: list[str | int], last: str | int) -> Any:
    inner = document
    for step in outer:
        inner = inner[step]
    kept = (
        [value for number, value in enumerate(inner) if number != last]
        if isinstance(inner, list)
        else {name: value for name, value in inner.items() if name != last}
    )
    return changed(document, *outer, to=kept) if outer else kept


class TestDiscrepanciesAreNamed:
    """With the checksum that a forger would give: the change itself is what is found."""

    def test_a_seed_that_was_not_committed_to(self) -> None:
        forged = sealed(PROOF | {"seed": a_seed(2).hex()})
        commitment = PROOF["seed_commitment"]
        assert discrepancy(forged).startswith(f"seed_commitment is {commitment} and should be ")

    def test_a_seed_of_the_operators_choice_with_its_commitment(self) -> None:
        other = plain(a_proof(seed=a_seed(2)))
        forged = sealed(PROOF | {name: other[name] for name in ("seed", "seed_commitment")})
        assert discrepancy(forged).startswith("selection 1: call_id is ")

    def test_a_call_that_was_put_in_the_place_of_a_drawn_one(self) -> None:
        mine = sorted(call for s in PROOF["strata"] for c in s["classes"] for call in c["call_ids"])
        chosen = next(call for call in mine if call not in {s["call_id"] for s in PROOF["selections"]})
        forged = sealed(changed(PROOF, "selections", 1, "call_id", to=chosen))
        given = PROOF["selections"][1]["call_id"]
        assert discrepancy(forged) == f"selection 2: call_id is {chosen} and should be {given}"

    def test_a_drawn_call_that_was_dropped(self) -> None:
        *kept, last = PROOF["selections"]
        forged = sealed(PROOF | {"selections": kept, "sample_size": len(kept)})
        where = f"selection {len(kept) + 1}"
        assert discrepancy(forged) == f"{where}: the proof has none, the draw gives the call {last['call_id']}"

    def test_a_call_that_was_added_to_the_sample(self) -> None:
        more = PROOF["selections"][0] | {"position": len(PROOF["selections"]) + 1}
        forged = sealed(PROOF | {"selections": [*PROOF["selections"], more]})
        assert "the draw gives none" in discrepancy(forged)

    def test_a_call_that_was_taken_out_of_the_frame(self) -> None:
        stratum = PROOF["strata"][0]
        place = next(n for n, alike in enumerate(stratum["classes"]) if len(alike["call_ids"]) > 1)
        fewer = changed(PROOF, "strata", 0, "classes", place, "call_ids", to=stratum["classes"][place]["call_ids"][1:])
        assert discrepancy(sealed(fewer)) == "frame_size is 8 and should be 7"
        digest = PROOF["frame_digest"]
        assert discrepancy(sealed(fewer | {"frame_size": 7})).startswith(f"frame_digest is {digest} and should be ")

    def test_a_call_that_is_in_the_frame_twice(self) -> None:
        twice = PROOF["strata"][0]["classes"][0]["call_ids"]
        forged = sealed(changed(PROOF, "strata", 1, "classes", 0, "call_ids", to=twice))
        assert discrepancy(forged) == f"strata[1].classes[0]: the call {twice[0]} is in the frame twice"

    def test_strata_classes_and_calls_out_of_order(self) -> None:
        proof = plain(a_proof(rate_plan("0.5"), sized_calls([[1, 1, 1], [1]])))
        assert discrepancy(proof | {"strata": proof["strata"][::-1]}).startswith("strata[1] is ")
        ids = proof["strata"][0]["classes"][0]["call_ids"] + proof["strata"][1]["classes"][0]["call_ids"]
        number = max((0, 1), key=lambda n: len(proof["strata"][n]["classes"][0]["call_ids"]))
        shuffled = changed(proof, "strata", number, "classes", 0, "call_ids", to=sorted(ids, reverse=True))
        assert discrepancy(shuffled).startswith(f"strata[{number}].classes[0].call_ids[1] is ")
        turned = changed(PROOF, "strata", 0, "classes", to=PROOF["strata"][0]["classes"][::-1])
        assert discrepancy(turned).startswith("strata[0].classes[1] is ")

    @pytest.mark.parametrize("size", [str(MILLION - 1), "90000001", "9" * 19])
    def test_a_size_that_the_plans_rules_cannot_give(self, size: str) -> None:
        last = len(PROOF["strata"][0]["classes"]) - 1
        where = 0 if int(size) < MILLION else last
        forged = sealed(changed(PROOF, "strata", 0, "classes", where, "size", to=size))
        assert f"size is {size} and should lie between 1000000 and 90000000" in discrepancy(forged)

    def test_an_expected_count_that_the_plan_does_not_give(self) -> None:
        forged = sealed(changed(PROOF, "strata", 1, "expected", to="1000000000001"))
        assert discrepancy(forged).startswith("strata[1].expected is 1000000000001 and should be ")

    def test_a_floor_that_does_not_fit_the_rate(self) -> None:
        forged = sealed(changed(PROOF, "parameters", "floor_per_agent", to=3))
        assert discrepancy(forged) == "parameters: the floor of 2 agents needs 6 calls, the rate allows 2 of 8"

    @pytest.mark.parametrize(
        ("field", "value", "named"),
        [
            ("rate", None, "rate mode, and only it, has a rate"),
            ("rate", "1.5", "rate lies above 0 and is at most 1"),
            ("quota_per_agent", 3, "quota mode, and only it, has a quota_per_agent"),
            ("rate", "0.30", "parameters.rate: String should match pattern"),
            ("rate", "3e-1", "parameters.rate: String should match pattern"),
            ("rate", 0.3, "parameters.rate: Input should be a valid string"),
            ("supplementary", True, "part is 0, which is the window's own draw and no supplementary one"),
        ],
    )
    def test_parameters_that_make_no_sense(self, field: str, value: Any, named: str) -> None:
        assert named in discrepancy(sealed(changed(PROOF, "parameters", field, to=value)))

    def test_rules_that_make_no_sense(self) -> None:
        forged = changed(PROOF, "parameters", "size", "complaint", to="20.5")
        assert discrepancy(forged) == "parameters.size: a multiplier lies between 1 and 20, not 20.5"
        forged = changed(PROOF, "parameters", "size", "long_hold", "multiplier", to="0.5")
        assert discrepancy(forged) == "parameters.size.long_hold: a multiplier lies between 1 and 20, not 0.5"

    @pytest.mark.parametrize(
        ("field", "value", "named"),
        [
            ("timezone", "Europe/Atlantis", "window: "),
            ("timezone", "../../etc/passwd", "window: "),
            ("timezone", "", "window: "),
            ("timezone", "Europe", "window: "),
            ("timezone", "Europe/London", "window.start is 2026-03-01T21:00:00Z and should be 2026-03-02T00:00:00Z"),
            ("start_on", "2026-03-03", "window.end_on is 2026-03-03 and should be 2026-03-04"),
            ("start_on", "2026-02-30", "window: "),
            ("start_on", "9999-12-31", "window: "),
            ("start_on", "0001-01-01", "window: "),
            ("kind", "week", "window.end_on is 2026-03-03 and should be 2026-03-09"),
            ("end", "2026-03-02T21:00:00.000001Z", "window.end is "),
        ],
    )
    def test_a_window_that_is_none_of_the_plan(self, field: str, value: str, named: str) -> None:
        assert discrepancy(sealed(changed(PROOF, "window", field, to=value))).startswith(named)

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"committed_at": "2026-03-03T10:00:00Z"}, "committed_at, 2026-03-03T10:00:00Z, is later than drawn_at"),
            ({"drawn_at": "2026-03-02T20:59:59Z"}, "drawn_at is 2026-03-02T20:59:59Z, when the window was not over"),
            ({"drawn_at": "2026-13-02T20:59:59Z"}, "drawn_at is 2026-13-02T20:59:59Z, which is no time"),
            ({"drawn_at": "2026-03-02T22:00:00.000000Z"}, "drawn_at is 2026-03-02T22:00:00.000000Z and should be"),
        ],
    )
    def test_moments_that_cannot_be(self, changes: dict[str, str], named: str) -> None:
        assert discrepancy(sealed(PROOF | changes)).startswith(named)

    def test_a_checksum_alone(self) -> None:
        assert discrepancy(PROOF | {"draw_id": str(an_id("other"))}).startswith("checksum is ")

    @pytest.mark.parametrize("field", ["calls", "selected"])
    def test_counts_of_a_stratum(self, field: str) -> None:
        count = PROOF["strata"][0][field]
        forged = sealed(changed(PROOF, "strata", 0, field, to=count + 1))
        assert discrepancy(forged) == f"strata[0].{field} is {count + 1} and should be {count}"


class TestSignals:
    """The sizes in these proofs are true, and drawn from; only what is said to have caused them is not."""

    PROOF = plain(a_proof(replace(PLAN, rate=Decimal(1)), calls_with_signals(2, 8)))

    def selection(self, *names: str) -> int:
        """The number of a selection with exactly these signals."""
        return next(
            number
            for number, selection in enumerate(self.PROOF["selections"])
            if [signal["name"] for signal in selection["signals"]] == list(names)
        )

    def forged(self, number: int, signals: list[dict[str, str]]) -> str:
        return discrepancy(sealed(changed(self.PROOF, "selections", number, "signals", to=signals)))

    def test_a_size_without_its_reason(self) -> None:
        number = self.selection("complaint")
        assert self.forged(number, []) == (
            f"selection {number + 1}: size, by its signals, is 2500000 and should be 1000000"
        )

    def test_a_reason_without_a_rule(self) -> None:
        unruled = changed(self.PROOF, "parameters", "size", "long_hold", to=None)
        assert discrepancy(sealed(unruled)).endswith("the plan's rules do not give long_hold the multiplier 1500000")

    @pytest.mark.parametrize(
        ("name", "multiplier"),
        [("complaint", "2500001"), ("low_csat", "2500000"), ("new_agent", "2500001"), ("erring_agent", "4000001")],
    )
    def test_a_multiplier_that_the_rule_does_not_give(self, name: str, multiplier: str) -> None:
        number = self.selection("complaint")
        named = self.forged(number, [{"name": name, "multiplier": multiplier}])
        assert named.endswith(f"the plan's rules do not give {name} the multiplier {multiplier}")

    def test_a_multiplier_of_one(self) -> None:
        number = self.selection()
        named = self.forged(number, [{"name": "erring_agent", "multiplier": "1000000"}])
        assert named.endswith("the plan's rules do not give erring_agent the multiplier 1000000")

    def test_an_agent_who_errs_more_in_one_call_than_in_the_others(self) -> None:
        number = self.selection("complaint")
        named = self.forged(number, [{"name": "erring_agent", "multiplier": "2500000"}])
        assert "erring_agent is " in named

    def test_a_signal_twice_and_signals_out_of_order(self) -> None:
        number = self.selection("complaint", "low_csat", "long_hold")
        signals = self.PROOF["selections"][number]["signals"]
        assert "signals is " in self.forged(number, signals[::-1])
        assert "signals is " in self.forged(number, [signals[0], *signals])

    def test_a_new_agents_multiplier_is_one_of_a_whole_number_of_days(self) -> None:
        rules = SizeRules(new_agent=RULES.new_agent)
        proof = plain(a_proof(replace(PLAN, rate=Decimal(1), size=rules), calls_with_signals(1, 1, rules)))
        assert proof["selections"][0]["signals"] == [{"name": "new_agent", "multiplier": "2566667"}]
        forged = changed(proof, "selections", 0, "signals", 0, "multiplier", to="2566668")
        assert "do not give new_agent the multiplier 2566668" in discrepancy(sealed(forged))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=4),
    max_leaves=12,
)


class TestWhatIsNoProof:
    @given(json_values)
    def test_any_json_is_answered_and_not_valid(self, value: Any) -> None:
        assert not check_proof(value).valid
        assert not check_proof({"format": "qmt.draw-proof/1", "strata": value, "window": value}).valid

    @settings(deadline=None, max_examples=300)
    @given(st.sampled_from(list(leaves(PROOF))), json_values)
    def test_any_value_anywhere_is_answered(self, leaf: Any, value: Any) -> None:
        path, before = leaf
        for depth in range(1, len(path) + 1):
            check = check_proof(changed(PROOF, *path[:depth], to=value))
            same = depth == len(path) and type(value) is type(before) and value == before
            assert check.valid == same

    @given(json_values)
    def test_unknown_members_are_refused(self, value: Any) -> None:
        assert not check_proof(PROOF | {"note": value}).valid
        assert not check_proof(changed(PROOF, "window", "note", to=value)).valid

    @given(st.binary(max_size=200))
    def test_any_bytes_are_answered(self, content: bytes) -> None:
        assert not check_proof_file(content).valid

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"format": ' + b"9" * 5000 + b"}", CONTENT + b"{}", b"NaN"],
    )
    def test_broken_files_are_answered(self, content: bytes) -> None:
        assert not check_proof_file(content).valid

    def test_a_member_that_is_there_twice_is_refused(self) -> None:
        twice = b'{"seed":"' + a_seed(2).hex().encode() + b'",' + CONTENT[1:]
        assert json.loads(twice) == PROOF
        assert check_proof_file(twice).discrepancy == (
            "this is no JSON document: an object has two members with the same name"
        )

    def test_another_format_is_named(self) -> None:
        assert discrepancy(PROOF | {"format": "qmt.draw-proof/2"}) == (
            "the document is no proof of the format qmt.draw-proof/1"
        )

    def test_the_place_of_a_wrong_value_is_named(self) -> None:
        forged = changed(PROOF, "strata", 1, "classes", 0, "call_ids", 0, to="nobody")
        assert discrepancy(forged).startswith("strata[1].classes[0].call_ids[0]: String should match pattern")
