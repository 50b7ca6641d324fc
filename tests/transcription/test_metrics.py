"""Talk, silence and overlap."""

import pytest

from app.transcription.metrics import call_metrics
from app.transcription.types import Metrics, Span, Speaker


def test_talk_silence_and_overlap_of_a_conversation() -> None:
    agent = [Span(1, 4), Span(8, 10)]
    customer = [Span(3, 6)]
    assert call_metrics([(Speaker.AGENT, agent), (Speaker.CUSTOMER, customer)], 12) == Metrics(
        agent_talk_s=5, customer_talk_s=3, silence_s=5, overlap_s=1, longest_silence_s=2
    )


def test_talk_and_silence_make_up_the_call() -> None:
    agent, customer = [Span(0.3, 2.7), Span(3, 9)], [Span(2, 3.5), Span(11, 12)]
    metrics = call_metrics([(Speaker.AGENT, agent), (Speaker.CUSTOMER, customer)], 13.7)
    assert metrics.agent_talk_s is not None
    assert metrics.customer_talk_s is not None
    assert metrics.overlap_s is not None
    talk = metrics.agent_talk_s + metrics.customer_talk_s - metrics.overlap_s
    assert talk + metrics.silence_s == pytest.approx(13.7)


def test_spans_that_overlap_on_one_channel_count_once() -> None:
    channels = [(Speaker.AGENT, [Span(0, 2), Span(1, 3)]), (Speaker.CUSTOMER, [])]
    assert call_metrics(channels, 3).agent_talk_s == 3


def test_on_a_mono_recording_nobody_knows_who_talks() -> None:
    assert call_metrics([(Speaker.UNKNOWN, [Span(2, 4)])], 10) == Metrics(None, None, 8, None, 6)


def test_a_silent_call_is_silence_from_end_to_end() -> None:
    assert call_metrics([(Speaker.AGENT, []), (Speaker.CUSTOMER, [])], 7) == Metrics(0, 0, 7, 0, 7)


def test_speech_to_the_last_moment_leaves_no_silence() -> None:
    assert call_metrics([(Speaker.AGENT, [Span(0, 5)])], 5) == Metrics(5, None, 0, None, 0)
