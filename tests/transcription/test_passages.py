"""Speech packed into windows, and times taken back out of them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transcription.speech.passages import AIR_S, WINDOW_S, pack
from app.transcription.speech.voice import LONGEST_SPAN_S
from app.transcription.types import SAMPLE_RATE, Span


@st.composite
def speech(draw: st.DrawFn) -> tuple[list[Span], float]:
    """Spans in order with pauses between them, and how long the recording is."""
    spans, now = [], draw(st.floats(0, 5))
    for _ in range(draw(st.integers(0, 12))):
        end = now + draw(st.floats(0.2, LONGEST_SPAN_S))
        spans.append(Span(now, end))
        now = end + draw(st.floats(0.05, 20))
    return spans, now


@given(speech())
def test_all_speech_is_recognised_once_and_no_window_overflows(call: tuple[list[Span], float]) -> None:
    spans, duration_s = call
    passages = list(pack(spans, duration_s))
    pieces = [piece for passage in passages for piece in passage.pieces]
    assert [piece.speech for piece in pieces] == spans
    for passage in passages:
        assert sum(piece.window.duration_s for piece in passage.pieces) <= WINDOW_S
    for piece in pieces:
        assert piece.window.start_s <= piece.speech.start_s
        assert piece.window.end_s >= piece.speech.end_s
    for before, after in pairwise(pieces):
        assert before.window.end_s <= after.window.start_s + 1e-9


def test_speech_has_air_around_it_as_far_as_the_recording_goes() -> None:
    (passage,) = pack([Span(0.3, 2), Span(10, 12)], duration_s=20)
    assert [piece.window for piece in passage.pieces] == [Span(0, 2 + AIR_S), Span(10 - AIR_S, 12 + AIR_S)]


def test_two_spans_share_the_air_of_a_short_pause() -> None:
    (passage,) = pack([Span(1, 2), Span(3, 4)], duration_s=10)
    assert passage.pieces[0].window.end_s == passage.pieces[1].window.start_s == 2.5


def test_cutting_leaves_the_pause_out() -> None:
    audio = np.arange(20 * SAMPLE_RATE, dtype=np.float32)
    (passage,) = pack([Span(1, 2), Span(10, 11)], duration_s=20)
    sound = passage.cut(audio)
    assert len(sound) / SAMPLE_RATE == pytest.approx(2 * (1 + 2 * AIR_S))
    assert sound[0] == pytest.approx((1 - AIR_S) * SAMPLE_RATE)
    assert sound[-1] == pytest.approx((11 + AIR_S) * SAMPLE_RATE - 1)


def test_a_word_after_the_pause_gets_its_time_in_the_recording() -> None:
    (passage,) = pack([Span(1, 2), Span(10, 12)], duration_s=20)
    first_piece_s = 1 + 2 * AIR_S
    word = passage.original(first_piece_s + AIR_S + 0.5, first_piece_s + AIR_S + 0.9)
    assert times(word) == pytest.approx([10.5, 10.9])


def test_a_word_that_begins_in_the_air_is_held_to_the_speech() -> None:
    (passage,) = pack([Span(5, 8)], duration_s=20)
    assert times(passage.original(0.0, AIR_S + 0.4)) == pytest.approx([5, 5.4])


def test_a_word_just_outside_the_speech_stays_within_the_window() -> None:
    (passage,) = pack([Span(5, 8)], duration_s=20)
    assert times(passage.original(AIR_S + 3.1, AIR_S + 9)) == pytest.approx([8.1, 8 + AIR_S])


@pytest.mark.parametrize("start_s", [0.0, AIR_S + 3.4])
def test_a_word_recognised_in_the_air_alone_was_not_spoken(start_s: float) -> None:
    (passage,) = pack([Span(5, 8)], duration_s=20)
    assert passage.original(start_s, start_s + 0.4) is None


def times(span: Span | None) -> list[float]:
    return [] if span is None else [span.start_s, span.end_s]
