"""Attaching signals to drawn calls."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest

from app.sampling.draws.sizes import CallChanged, CallFacts, Sizing, attach_signals
from app.sampling.draws.types import SelectedCall
from app.sampling.plans.types import SizeRules
from app.sampling.windows import WindowKind, window_of
from app.statistics.fixed_point import MILLION
from tests.sampling.factories import an_id

SIZING = Sizing(SizeRules(complaint=Decimal(4)), window_of(WindowKind.DAY, "UTC", date(2026, 3, 2)), {})
DRAWN = SelectedCall(an_id("agent"), an_id("call"), 4 * MILLION, 10**11)


def facts(*, complaint: bool) -> dict[UUID, CallFacts]:
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    known = SimpleNamespace(started_at=began, tenure_days=None, complaint=complaint, csat=None, hold_s=None)
    return {DRAWN.call_id: known}


def test_a_selection_has_the_signals_that_gave_it_its_size() -> None:
    (selection,) = attach_signals([DRAWN], facts(complaint=True), SIZING)
    assert (selection.position, selection.inclusion_prob_e12, selection.call.size_e6) == (1, 10**11, 4 * MILLION)
    assert [signal.explanation for signal in selection.call.signals] == ["complaint ×4"]


def test_a_call_that_changed_after_its_frame_was_frozen_is_refused() -> None:
    with pytest.raises(CallChanged, match=str(DRAWN.call_id)):
        list(attach_signals([DRAWN], facts(complaint=False), SIZING))
