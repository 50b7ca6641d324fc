"""Sampling: plans, draws that anyone can check, and the selections that verifiers score."""

from app.sampling.draws.frames import preview
from app.sampling.draws.jobs import DRAW, DUE_DRAWS, LATE_DRAWS
from app.sampling.draws.service import (
    fault_check_draw,
    get_draw,
    list_draws,
    list_selections,
    make_draw,
    request_draw,
    selected_calls,
)
from app.sampling.draws.types import (
    DrawnStratum,
    Preview,
    SelectionView,
    Signal,
    SignalName,
    Stratum,
    StratumTotals,
)
from app.sampling.errors import (
    DrawNotMade,
    FloorExceedsRate,
    NoLateCalls,
    NoVerifiers,
    WindowDrawn,
    WindowNotDrawn,
    WindowOpen,
)
from app.sampling.plans.commitments import keep_committed
from app.sampling.plans.service import change_plan, create_plan, get_plan, list_plans
from app.sampling.plans.types import MAX_MULTIPLIER, Plan, SamplingMode
from app.sampling.proofs.document import ProofDocument
from app.sampling.proofs.export import open_proof
from app.sampling.proofs.verify import check_proof_file, describe
from app.sampling.queue.service import (
    QueueItem,
    claim_assignment,
    get_queue_item,
    list_queue,
    reassign_assignment,
    with_signals,
)
from app.sampling.types import CommitmentTime, Draw, DrawState, FaultCheckDraw
from app.sampling.windows import Window, WindowKind

__all__ = [
    "DRAW",
    "DUE_DRAWS",
    "LATE_DRAWS",
    "MAX_MULTIPLIER",
    "CommitmentTime",
    "Draw",
    "DrawNotMade",
    "DrawState",
    "DrawnStratum",
    "FaultCheckDraw",
    "FloorExceedsRate",
    "NoLateCalls",
    "NoVerifiers",
    "Plan",
    "Preview",
    "ProofDocument",
    "QueueItem",
    "SamplingMode",
    "SelectionView",
    "Signal",
    "SignalName",
    "Stratum",
    "StratumTotals",
    "Window",
    "WindowDrawn",
    "WindowKind",
    "WindowNotDrawn",
    "WindowOpen",
    "change_plan",
    "check_proof_file",
    "claim_assignment",
    "create_plan",
    "describe",
    "fault_check_draw",
    "get_draw",
    "get_plan",
    "get_queue_item",
    "keep_committed",
    "list_draws",
    "list_plans",
    "list_queue",
    "list_selections",
    "make_draw",
    "open_proof",
    "preview",
    "reassign_assignment",
    "request_draw",
    "selected_calls",
    "with_signals",
]
