"""From drawn calls to the sample."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest

from app.sampling.drawing import CallChanged, Facts, explained
from app.sampling.fixed_point import MILLION
from app.sampling.sizes import Sizing
from app.sampling.types import SelectedCall, SizeRules, WindowKind
from app.sampling.windows import window_of
from tests.sampling.builders import an_id

SIZING = Sizing(SizeRules(complaint=Decimal(4)), window_of(WindowKind.DAY, "UTC", date(2026, 3, 2)), {})
DRAWN = SelectedCall(an_id("agent"), an_id("call"), 4 * MILLION, 10**11)


def facts(*, complaint: bool) -> dict[UUID, Facts]:
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    known = SimpleNamespace(started_at=began, tenure_days=None, complaint=complaint, csat=None, hold_s=None)
    return {DRAWN.call_id: known}


def test_a_drawn_call_tells_what_gave_it_its_size() -> None:
    (selection,) = explained([DRAWN], facts(complaint=True), SIZING)
    assert (selection.position, selection.inclusion, selection.call.size) == (1, 10**11, 4 * MILLION)
    assert [signal.explanation for signal in selection.call.signals] == ["complaint ×4"]


def test_a_call_that_was_changed_since_the_frame_was_frozen_is_not_explained_wrongly() -> None:
    with pytest.raises(CallChanged, match=str(DRAWN.call_id)):
        list(explained([DRAWN], facts(complaint=False), SIZING))
