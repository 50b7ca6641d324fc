"""Checking a draw's proof: everything that follows from something else in it is worked out again and compared.

What is checked in which order, and what a proof cannot show: docs/proofs.md.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise, zip_longest
from typing import Any, TypeVar
from uuid import UUID

from app.sampling.design import FloorExceedsRateError, design_classes, expand
from app.sampling.fixed_point import MILLION
from app.sampling.proof_document import (
    ClassDocument,
    Discrepancy,
    ProofDocument,
    SelectionDocument,
    StratumDocument,
    agree,
    checksum,
    moment,
    place,
    read_document,
    read_rules,
    window_document,
)
from app.sampling.proof_signals import allowed_multipliers, check_signals, largest_size
from app.sampling.records import CommitmentTime
from app.sampling.selection import (
    frame_digest,
    seed_commitment,
    selection_order,
    shown,
    stratum_offsets,
    systematic,
)
from app.sampling.types import (
    ClassDesign,
    ClassInclusion,
    DesignedCall,
    Eligibility,
    FrameClass,
    PlanDesign,
    SamplingMode,
    Selection,
    SizeClass,
    SizedCall,
    Window,
    WindowKind,
)
from app.sampling.windows import window_of

Key = TypeVar("Key", str, int)

_MEANING = {
    CommitmentTime.BEFORE_WINDOW: "before the window opened: whoever chose the seed knew none of the calls",
    CommitmentTime.IN_WINDOW: "while the window was open: whoever chose the seed may have known some of the calls",
    CommitmentTime.AFTER_WINDOW: "after the window had closed: whoever chose the seed may have known all the calls",
}


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What a proof that is valid shows, and how much: that depends on when the seed was committed to."""

    draw_id: UUID
    window: Window
    part: int
    agents: int
    frame_size: int
    sample_size: int
    committed_at: datetime
    commitment: CommitmentTime


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """Either the first discrepancy that was found, or the facts of a valid proof."""

    discrepancy: str | None = None
    facts: ProofFacts | None = None

    @property
    def valid(self) -> bool:
        return self.discrepancy is None


def check_proof_file(content: bytes) -> ProofCheck:
    """Check the content of a file, whatever it is; never raises."""
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return ProofCheck(discrepancy=f"this is no JSON document: {error}")
    return check_proof(document)


def check_proof(document: object) -> ProofCheck:
    """Check a parsed JSON document, whatever it is; never raises."""
    try:
        return ProofCheck(facts=_check(read_document(document)))
    except Discrepancy as found:
        return ProofCheck(discrepancy=str(found))


def told(facts: ProofFacts) -> Iterator[str]:
    """What a valid proof shows, in lines for people."""
    window = facts.window
    late = f", part {facts.part} (calls that came late)" if facts.part else ""
    yield f"valid: the seed gives these {facts.sample_size} of {facts.frame_size} calls of {facts.agents} agents"
    yield f"draw {facts.draw_id}, {window.kind} from {window.start_on} in {window.timezone}{late}"
    warning = "" if facts.commitment is CommitmentTime.BEFORE_WINDOW else "warning: "
    yield f"{warning}committed to at {moment(facts.committed_at)}, {_MEANING[facts.commitment]}"


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members with the same name readers choose differently: such a document says two things at once."""
    made = dict(members)
    if len(made) < len(members):
        raise ValueError("an object has two members with the same name")
    return made


def _check(proof: ProofDocument) -> ProofFacts:
    seed = bytes.fromhex(proof["seed"])
    agree("seed_commitment", proof["seed_commitment"], seed_commitment(seed).hex())
    window = _check_window(proof)
    committed_at = _check_times(proof, window)
    plan = _plan(proof, window)
    allowed = allowed_multipliers(plan.size, window)
    _check_frame(proof, largest=largest_size(allowed))
    design = _check_design(proof, plan)
    _check_selections(proof, seed, design)
    check_signals(proof["selections"], allowed)
    agree("checksum", proof["checksum"], checksum(proof))
    return ProofFacts(
        draw_id=UUID(proof["draw_id"]),
        window=window,
        part=proof["part"],
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
        agree(place("window", name), fields[name], derived)
    return window


def _check_times(proof: ProofDocument, window: Window) -> datetime:
    """When the seed was committed to."""
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
    agree(where, text, moment(at))
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
        where = place("strata", number, "classes")
        _check_order(where, [int(alike["size"]) for alike in stratum["classes"]])
        for position, alike in enumerate(stratum["classes"]):
            _check_class(f"{where}[{position}]", alike, largest, known)
    agree("frame_size", proof["frame_size"], len(known))
    digest = frame_digest(alike for stratum in strata for alike in _classes(stratum))
    agree("frame_digest", proof["frame_digest"], digest.hex())


def _check_order(where: str, keys: Sequence[Key]) -> None:
    """Sorted, and nothing twice. Ids sort as text as they do as numbers."""
    for number, (before, after) in enumerate(pairwise(keys)):
        if not before < after:
            raise Discrepancy(f"{where}[{number + 1}] is {after} and should come before {before}")


def _check_class(where: str, alike: ClassDocument, largest: int, known: set[str]) -> None:
    """`known` are the calls of the frame so far; those of the class are added."""
    if not MILLION <= int(alike["size"]) <= largest:
        raise Discrepancy(f"{where}.size is {alike['size']} and should lie between {MILLION} and {largest}")
    _check_order(f"{where}.call_ids", alike["call_ids"])
    for call_id in alike["call_ids"]:
        if call_id in known:
            raise Discrepancy(f"{where}: the call {call_id} is in the frame twice")
    known.update(alike["call_ids"])


def _classes(stratum: StratumDocument) -> Iterator[FrameClass]:
    agent_id = UUID(stratum["agent_id"])
    for alike in stratum["classes"]:
        yield FrameClass(agent_id, int(alike["size"]), tuple(map(UUID, alike["call_ids"])))


def _check_design(proof: ProofDocument, plan: PlanDesign) -> ClassDesign:
    """Only the totals of strata and the expected counts are written down; the probabilities come of them."""
    try:
        design = design_classes(plan, _size_classes(proof["strata"]))
    except FloorExceedsRateError as error:
        raise Discrepancy(f"parameters: {error}") from error
    for number, (given, stratum) in enumerate(zip(proof["strata"], design.strata, strict=True)):
        agree(place("strata", number, "calls"), given["calls"], stratum.calls)
        agree(place("strata", number, "size"), given["size"], str(stratum.size))
        agree(place("strata", number, "expected"), given["expected"], str(stratum.expected))
    return design


def _size_classes(strata: Iterable[StratumDocument]) -> Iterator[SizeClass]:
    for stratum in strata:
        agent_id = UUID(stratum["agent_id"])
        for alike in stratum["classes"]:
            yield SizeClass(agent_id, int(alike["size"]), len(alike["call_ids"]))


def _check_selections(proof: ProofDocument, seed: bytes, design: ClassDesign) -> None:
    taken = list(_taken(proof["strata"], seed, design))
    drawn = shown(seed, (designed for stratum in taken for designed in stratum))
    for number, (given, derived) in enumerate(zip_longest(proof["selections"], drawn), 1):
        _check_selection(f"selection {number}", given, derived)
    for number, (stratum, calls) in enumerate(zip(proof["strata"], taken, strict=True)):
        agree(place("strata", number, "selected"), stratum["selected"], len(calls))
    agree("sample_size", proof["sample_size"], len(drawn))


def _taken(strata: Sequence[StratumDocument], seed: bytes, design: ClassDesign) -> Iterator[list[DesignedCall]]:
    """What is drawn from each stratum, one after the other: a large frame would not fit into memory call by call."""
    offsets, inclusions = stratum_offsets(seed, design.strata), iter(design.inclusions)
    for document, stratum in zip(strata, design.strata, strict=True):
        calls = [call for alike in _classes(document) for call in _designed(alike, next(inclusions))]
        yield list(systematic(offsets[stratum.agent_id], selection_order(seed, calls)))


def _designed(alike: FrameClass, inclusion: ClassInclusion) -> Iterator[DesignedCall]:
    for call_id, probability in zip(alike.call_ids, expand(inclusion), strict=True):
        yield DesignedCall(SizedCall(call_id, alike.agent_id, alike.size), probability)


def _check_selection(where: str, given: SelectionDocument | None, derived: Selection | None) -> None:
    if given is None and derived is not None:
        raise Discrepancy(f"{where}: the proof has none, the draw gives the call {derived.call.call_id}")
    if given is not None and derived is None:
        raise Discrepancy(f"{where}: the proof has the call {given['call_id']}, the draw gives none")
    if given is not None and derived is not None:
        agree(f"{where}: position", given["position"], derived.position)
        agree(f"{where}: call_id", given["call_id"], str(derived.call.call_id))
        agree(f"{where}: agent_id", given["agent_id"], str(derived.call.agent_id))
        agree(f"{where}: size", given["size"], str(derived.call.size))
        agree(f"{where}: inclusion", given["inclusion"], str(derived.inclusion))
