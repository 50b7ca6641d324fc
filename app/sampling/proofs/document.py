"""The format of the proof of a draw: its members, and how each is written. See docs/proofs.md.

Sizes and multipliers (millionths), probabilities and expected numbers (trillionths) are strings of digits, because a
reader that stores numbers in floating point would lose digits. Counts and positions are numbers. Every value has one
representation, so that equal documents are equal text.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import ConfigDict, FailFast, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from app.sampling.plans.types import PlanDesign, SizeRules
from app.sampling.windows import Window

FORMAT: Final = "qmt.draw-proof/1"

_STRICT = with_config(ConfigDict(strict=True, extra="forbid"))

Id = Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Quantity = Annotated[str, StringConstraints(pattern="^(0|[1-9][0-9]{0,18})$")]
Exact = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{0,29}[1-9])?$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Moment = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z$")
]
# The largest integer up to which every reader of JSON is exact.
Count = Annotated[int, Field(ge=0, lt=2**53)]
Days = Annotated[int, Field(ge=1, le=3650)]
Zone = Annotated[str, StringConstraints(max_length=100)]


@_STRICT
class WindowDocument(TypedDict):
    """The window's local dates, and the instants at which it starts and ends; both ends are exclusive."""

    kind: Literal["day", "week", "month"]
    timezone: Zone
    start_on: Day
    end_on: Day
    start: Moment
    end: Moment


@_STRICT
class EligibilityDocument(TypedDict):
    min_duration_s: Count
    require_recording: bool


@_STRICT
class NewAgentDocument(TypedDict):
    tenure_days: Days
    multiplier: Exact


@_STRICT
class ErringAgentDocument(TypedDict):
    lookback_days: Days
    max_multiplier: Exact


@_STRICT
class LowCsatDocument(TypedDict):
    at_most: Count
    multiplier: Exact


@_STRICT
class LongHoldDocument(TypedDict):
    over_s: Count
    multiplier: Exact


@_STRICT
class SizeDocument(TypedDict):
    new_agent: NewAgentDocument | None
    erring_agent: ErringAgentDocument | None
    complaint: Exact | None
    low_csat: LowCsatDocument | None
    long_hold: LongHoldDocument | None


@_STRICT
class ParametersDocument(TypedDict):
    """The parameters of the plan that determine the draw."""

    plan_version: Count
    mode: Literal["rate", "quota"]
    rate: Exact | None
    quota_per_agent: Count | None
    floor_per_agent: Count
    supplementary: bool
    eligibility: EligibilityDocument
    size: SizeDocument


@_STRICT
class ClassDocument(TypedDict):
    size: Quantity
    call_ids: Annotated[list[Id], Field(min_length=1), FailFast()]


@_STRICT
class StratumDocument(TypedDict):
    agent_id: Id
    calls: Count
    size: Quantity
    expected: Quantity
    selected: Count
    classes: Annotated[list[ClassDocument], Field(min_length=1), FailFast()]


@_STRICT
class SignalDocument(TypedDict):
    name: Literal["new_agent", "erring_agent", "complaint", "low_csat", "long_hold"]
    multiplier: Quantity


@_STRICT
class SelectionDocument(TypedDict):
    position: Count
    call_id: Id
    agent_id: Id
    size: Quantity
    inclusion: Quantity
    signals: Annotated[list[SignalDocument], Field(max_length=5), FailFast()]


@_STRICT
class ProofHeader(TypedDict):
    """A proof without its long lists and without the checksum."""

    format: Literal["qmt.draw-proof/1"]
    draw_id: Id
    plan_id: Id
    part: Count
    window: WindowDocument
    seed_commitment: Digest
    committed_at: Moment
    drawn_at: Moment
    seed: Digest
    parameters: ParametersDocument
    frame_size: Count
    sample_size: Count
    frame_digest: Digest


@_STRICT
class ProofDocument(ProofHeader):
    strata: Annotated[list[StratumDocument], FailFast()]
    selections: Annotated[list[SelectionDocument], FailFast()]
    checksum: Digest


class Discrepancy(Exception):
    """A part of a proof that does not follow from the rest of it."""


_DOCUMENT = TypeAdapter(ProofDocument)
_RULES = TypeAdapter(SizeRules)


def require_equal(where: str, given: object, derived: object) -> None:
    """Raise Discrepancy where a value of a proof differs from the value that follows from the rest of it."""
    if given != derived:
        raise Discrepancy(f"{where} is {given} and should be {derived}")


def read_document(document: object) -> ProofDocument:
    """The document as a proof; raises Discrepancy naming the first path_to that does not fit the format."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Discrepancy(f"the document is no proof of the format {FORMAT}")
    try:
        return _DOCUMENT.validate_python(document)
    except ValidationError as error:
        raise Discrepancy(_first_error(error)) from error


def read_rules(rules: SizeDocument) -> SizeRules:
    """The rules as a record; raises Discrepancy where they are invalid."""
    try:
        return _RULES.validate_python(rules)
    except ValidationError as error:
        raise Discrepancy(_first_error(error, "parameters", "size")) from error


def canonical(value: object) -> bytes:
    """The canonical form of a value: keys sorted and no spaces, as in RFC 8785, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def checksum(document: ProofDocument) -> str:
    """SHA-256 over the canonical form of the document without the checksum."""
    return sha256(canonical({name: value for name, value in document.items() if name != "checksum"})).hexdigest()


def window_document(window: Window) -> WindowDocument:
    return {
        "kind": window.kind.value,
        "timezone": window.timezone,
        "start_on": window.start_on.isoformat(),
        "end_on": window.end_on.isoformat(),
        "start": moment(window.starts_at),
        "end": moment(window.ends_at),
    }


def parameters_document(plan: PlanDesign, version: int) -> ParametersDocument:
    return {
        "plan_version": version,
        "mode": plan.mode.value,
        "rate": None if plan.rate is None else exact(plan.rate),
        "quota_per_agent": plan.quota_per_agent,
        "floor_per_agent": plan.floor_per_agent,
        "supplementary": plan.supplementary,
        "eligibility": {
            "min_duration_s": plan.eligibility.min_duration_s,
            "require_recording": plan.eligibility.require_recording,
        },
        "size": size_document(plan.size),
    }


def size_document(rules: SizeRules) -> SizeDocument:
    new, erring, csat, hold = rules.new_agent, rules.erring_agent, rules.low_csat, rules.long_hold
    return {
        "new_agent": None if new is None else {"tenure_days": new.tenure_days, "multiplier": exact(new.multiplier)},
        "erring_agent": None
        if erring is None
        else {"lookback_days": erring.lookback_days, "max_multiplier": exact(erring.max_multiplier)},
        "complaint": None if rules.complaint is None else exact(rules.complaint),
        "low_csat": None if csat is None else {"at_most": csat.at_most, "multiplier": exact(csat.multiplier)},
        "long_hold": None if hold is None else {"over_s": hold.over_s, "multiplier": exact(hold.multiplier)},
    }


def moment(at: datetime) -> str:
    """An instant in UTC, with microseconds unless there are none."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def exact(value: Decimal) -> str:
    """A decimal without an exponent and without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _first_error(error: ValidationError, *within: str) -> str:
    first: Mapping[str, Any] = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{path_to(*within, *first['loc'])}: {first['msg'].removeprefix('Value error, ')}"


def path_to(*steps: str | int) -> str:
    """The path to a place in a document: `strata[3].classes[0].size`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
