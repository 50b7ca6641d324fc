"""Verifying the proof of a draw: everything that follows from other parts of it is computed again and compared.

The checks in their order, and what a proof cannot show: docs/proofs.md.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise, zip_longest
from typing import Any, TypeVar
from uuid import UUID

from app.sampling.draws.design import FloorExceedsRateError, design_classes, expand
from app.sampling.draws.selection import frame_digest, in_display_order, selection_order, stratum_offsets, systematic
from app.sampling.draws.types import (
    ClassDesign,
    ClassInclusion,
    DesignedCall,
    FrameClass,
    Selection,
    SizeClass,
    SizedCall,
)
from app.sampling.plans.types import Eligibility, PlanDesign, SamplingMode
from app.sampling.proofs.document import (
    ClassDocument,
    Discrepancy,
    ProofDocument,
    SelectionDocument,
    StratumDocument,
    checksum,
    moment,
    path_to,
    read_document,
    read_rules,
    require_equal,
    window_document,
)
from app.sampling.proofs.signals import allowed_multipliers, check_signals, largest_size
from app.sampling.types import CommitmentTime, seed_commitment
from app.sampling.windows import Window, WindowKind, window_of
from app.statistics.fixed_point import MILLION

Key = TypeVar("Key", str, int)

_MEANING = {
    CommitmentTime.BEFORE_WINDOW: "before the window opened, when none of its calls were known",
    CommitmentTime.IN_WINDOW: "while the window was open, when some of its calls were known",
    CommitmentTime.AFTER_WINDOW: "after the window had closed, when all its calls were known",
}


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """The facts that a valid proof shows. How much they prove depends on when the seed was committed to."""

    draw_id: UUID
    window: Window
    supplement_no: int
    agents: int
    frame_size: int
    sample_size: int
    committed_at: datetime
    commitment: CommitmentTime


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """The first discrepancy, or the facts of a valid proof."""

    discrepancy: str | None = None
    facts: ProofFacts | None = None

    @property
    def valid(self) -> bool:
        return self.discrepancy is None


def check_proof_file(content: bytes) -> ProofCheck:
    """Check the content of a file; never raises."""
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return ProofCheck(discrepancy=f"this is no JSON document: {error}")
    return check_proof(document)


def check_proof(document: object) -> ProofCheck:
    """Check a parsed JSON document; never raises."""
    try:
        return ProofCheck(facts=_check(read_document(document)))
    except Discrepancy as found:
        return ProofCheck(discrepancy=str(found))


def describe(facts: ProofFacts) -> Iterator[str]:
    """The facts of a valid proof as lines of text."""
    window = facts.window
    late = f", part {facts.supplement_no} (calls that came late)" if facts.supplement_no else ""
    yield f"valid: the seed gives these {facts.sample_size} of {facts.frame_size} calls of {facts.agents} agents"
    yield f"draw {facts.draw_id}, {window.kind} from {window.start_on} in {window.timezone}{late}"
    warning = "" if facts.commitment is CommitmentTime.BEFORE_WINDOW else "warning: "
    yield f"{warning}committed to at {moment(facts.committed_at)}, {_MEANING[facts.commitment]}"


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse two members with the same name: readers would choose different ones."""
    made = dict(members)
    if len(made) < len(members):
        raise ValueError("an object has two members with the same name")
    return made


def _check(proof: ProofDocument) -> ProofFacts:
    seed = bytes.fromhex(proof["seed"])
    require_equal("seed_commitment", proof["seed_commitment"], seed_commitment(seed).hex())
    window = _check_window(proof)
    committed_at = _check_times(proof, window)
    plan = _plan(proof, window)
    allowed = allowed_multipliers(plan.size, window)
    _check_frame(proof, largest=largest_size(allowed))
    design = _check_design(proof, plan)
    _check_selections(proof, seed, design)
    check_signals(proof["selections"], allowed)
    require_equal("checksum", proof["checksum"], checksum(proof))
    return ProofFacts(
        draw_id=UUID(proof["draw_id"]),
        window=window,
        supplement_no=proof["part"],
        agents=len(proof["strata"]),
        frame_size=proof["frame_size"],
        sample_size=proof["sample_size"],
        committed_at=committed_at,
        commitment=CommitmentTime.of(window, committed_at),
    )


def _check_window(proof: ProofDocument) -> Window:
    given = proof["window"]
    try:
        window = window_of(WindowKind(given["kind"]), given["timezone"], date.fromisoformat(given["start_on"]))
    except (KeyError, ValueError, OSError, OverflowError) as error:
        raise Discrepancy(f"window: {error}") from error
    fields: Mapping[str, object] = given
    for name, derived in window_document(window).items():
        require_equal(path_to("window", name), fields[name], derived)
    return window


def _check_times(proof: ProofDocument, window: Window) -> datetime:
    """The time of the commitment; Discrepancy where the times contradict each other."""
    committed_at, drawn_at = _moment("committed_at", proof["committed_at"]), _moment("drawn_at", proof["drawn_at"])
    if committed_at > drawn_at:
        raise Discrepancy(f"committed_at, {proof['committed_at']}, is later than drawn_at, {proof['drawn_at']}")
    if drawn_at < window.ends_at:
        raise Discrepancy(f"drawn_at is {proof['drawn_at']}, when the window was not over yet")
    return committed_at


def _moment(where: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Discrepancy(f"{where} is {text}, which is no time") from error
    require_equal(where, text, moment(at))
    return at


def _plan(proof: ProofDocument, window: Window) -> PlanDesign:
    parameters = proof["parameters"]
    rules = read_rules(parameters["size"])
    if parameters["supplementary"] and proof["part"] == 0:
        raise Discrepancy("part is 0, which is the window's own draw and no supplementary one")
    try:
        return PlanDesign(
            mode=SamplingMode(parameters["mode"]),
            window=window.kind,
            timezone=window.timezone,
            rate=None if parameters["rate"] is None else Decimal(parameters["rate"]),
            quota_per_agent=parameters["quota_per_agent"],
            floor_per_agent=parameters["floor_per_agent"],
            eligibility=Eligibility(**parameters["eligibility"]),
            size=rules,
            supplementary=parameters["supplementary"],
        )
    except ValueError as error:
        raise Discrepancy(f"parameters: {error}") from error


def _check_frame(proof: ProofDocument, largest: int) -> None:
    strata = proof["strata"]
    _check_order("strata", [stratum["agent_id"] for stratum in strata])
    known: set[str] = set()
    for number, stratum in enumerate(strata):
        where = path_to("strata", number, "classes")
        _check_order(where, [int(size_class["size"]) for size_class in stratum["classes"]])
        for position, size_class in enumerate(stratum["classes"]):
            _check_class(f"{where}[{position}]", size_class, largest, known)
    require_equal("frame_size", proof["frame_size"], len(known))
    digest = frame_digest(size_class for stratum in strata for size_class in _classes(stratum))
    require_equal("frame_digest", proof["frame_digest"], digest.hex())


def _check_order(where: str, keys: Sequence[Key]) -> None:
    """Check that the keys ascend and none occurs twice. Ids sort as text as they do as numbers."""
    for number, (before, after) in enumerate(pairwise(keys)):
        if not before < after:
            raise Discrepancy(f"{where}[{number + 1}] is {after} and should come before {before}")


def _check_class(where: str, size_class: ClassDocument, largest: int, known: set[str]) -> None:
    """Check a size class. `known` holds the calls of the frame so far, and gets those of the class."""
    if not MILLION <= int(size_class["size"]) <= largest:
        raise Discrepancy(f"{where}.size is {size_class['size']} and should lie between {MILLION} and {largest}")
    _check_order(f"{where}.call_ids", size_class["call_ids"])
    for call_id in size_class["call_ids"]:
        if call_id in known:
            raise Discrepancy(f"{where}: the call {call_id} is in the frame twice")
    known.update(size_class["call_ids"])


def _classes(stratum: StratumDocument) -> Iterator[FrameClass]:
    agent_id = UUID(stratum["agent_id"])
    for size_class in stratum["classes"]:
        yield FrameClass(agent_id, int(size_class["size"]), tuple(map(UUID, size_class["call_ids"])))


def _check_design(proof: ProofDocument, plan: PlanDesign) -> ClassDesign:
    """The design. A proof holds the totals and expected numbers of strata; the probabilities follow from them."""
    try:
        design = design_classes(plan, _size_classes(proof["strata"]))
    except FloorExceedsRateError as error:
        raise Discrepancy(f"parameters: {error}") from error
    for number, (given, stratum) in enumerate(zip(proof["strata"], design.strata, strict=True)):
        require_equal(path_to("strata", number, "calls"), given["calls"], stratum.calls)
        require_equal(path_to("strata", number, "size"), given["size"], str(stratum.size_e6))
        require_equal(path_to("strata", number, "expected"), given["expected"], str(stratum.expected_n_e12))
    return design


def _size_classes(strata: Iterable[StratumDocument]) -> Iterator[SizeClass]:
    for stratum in strata:
        agent_id = UUID(stratum["agent_id"])
        for size_class in stratum["classes"]:
            yield SizeClass(agent_id, int(size_class["size"]), len(size_class["call_ids"]))


def _check_selections(proof: ProofDocument, seed: bytes, design: ClassDesign) -> None:
    by_stratum = list(_selected_by_stratum(proof["strata"], seed, design))
    drawn = in_display_order(seed, (designed for stratum in by_stratum for designed in stratum))
    for number, (given, derived) in enumerate(zip_longest(proof["selections"], drawn), 1):
        _check_selection(f"selection {number}", given, derived)
    for number, (stratum, calls) in enumerate(zip(proof["strata"], by_stratum, strict=True)):
        require_equal(path_to("strata", number, "selected"), stratum["selected"], len(calls))
    require_equal("sample_size", proof["sample_size"], len(drawn))


def _selected_by_stratum(
    strata: Sequence[StratumDocument], seed: bytes, design: ClassDesign
) -> Iterator[list[DesignedCall]]:
    """The selected calls by stratum, one stratum at a time: a large frame would not fit into memory call by call."""
    offsets, inclusions = stratum_offsets(seed, design.strata), iter(design.inclusions)
    for document, stratum in zip(strata, design.strata, strict=True):
        calls = [call for size_class in _classes(document) for call in _designed(size_class, next(inclusions))]
        yield list(systematic(offsets[stratum.agent_id], selection_order(seed, calls)))


def _designed(size_class: FrameClass, inclusion: ClassInclusion) -> Iterator[DesignedCall]:
    for call_id, probability in zip(size_class.call_ids, expand(inclusion), strict=True):
        yield DesignedCall(SizedCall(call_id, size_class.agent_id, size_class.size_e6), probability)


def _check_selection(where: str, given: SelectionDocument | None, derived: Selection | None) -> None:
    if given is None and derived is not None:
        raise Discrepancy(f"{where}: the proof has none, the draw gives the call {derived.call.call_id}")
    if given is not None and derived is None:
        raise Discrepancy(f"{where}: the proof has the call {given['call_id']}, the draw gives none")
    if given is not None and derived is not None:
        require_equal(f"{where}: position", given["position"], derived.position)
        require_equal(f"{where}: call_id", given["call_id"], str(derived.call.call_id))
        require_equal(f"{where}: agent_id", given["agent_id"], str(derived.call.agent_id))
        require_equal(f"{where}: size", given["size"], str(derived.call.size_e6))
        require_equal(f"{where}: inclusion", given["inclusion"], str(derived.inclusion_prob_e12))
