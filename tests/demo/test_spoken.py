"""The spoken calls are what their scripts say: format, length, who speaks when, and which errors are heard."""

import re
from collections import Counter
from itertools import pairwise

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.audio.resampler import AudioResampler

from app.demo.simulator import Centre
from app.demo.spoken import SpokenCall, spoken_calls

RATE = 8000
CALLS = spoken_calls()
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)

Samples = npt.NDArray[np.float64]


def test_there_are_seven_calls_in_each_language_in_under_three_megabytes() -> None:
    assert Counter(call.language for call in CALLS) == {"ru": 7, "en": 7}
    assert len({call.name for call in CALLS}) == 14
    assert sum(call.path.stat().st_size for call in CALLS) < 3_000_000


@each_call
def test_a_recording_is_made_of_two_channels_at_eight_kilohertz(call: SpokenCall) -> None:
    header = call.path.read_bytes()[:100]
    # RFC 7845: after the magic come the version, the channels, the pre-skip and the rate of the original.
    at = header.index(b"OpusHead") + len(b"OpusHead")

    assert call.channel_roles == ("agent", "customer")
    assert header[at + 1] == len(call.channel_roles)
    assert int.from_bytes(header[at + 4 : at + 8], "little") == RATE


@each_call
def test_a_recording_is_as_long_as_its_script(call: SpokenCall) -> None:
    assert 20 <= call.duration_s <= 60
    assert _decode(call).shape[1] / RATE == pytest.approx(call.duration_s, abs=0.1)
    assert call.script[-1].end_s < call.duration_s


@each_call
def test_turns_follow_each_other_and_overlap_only_where_somebody_interrupts(call: SpokenCall) -> None:
    assert all(turn.start_s < turn.end_s for turn in call.script)
    overlaps = sum(later.start_s < earlier.end_s for earlier, later in pairwise(call.script))
    assert overlaps == (1 if "interrupted" in call.name else 0)


@each_call
def test_each_party_is_heard_on_its_own_channel_at_the_times_of_the_script(call: SpokenCall) -> None:
    audio = _decode(call)
    speech = {role: np.zeros(audio.shape[1], bool) for role in call.channel_roles}
    for turn in call.script:
        samples = _samples(turn.start_s, turn.end_s)
        speech[turn.speaker][samples] = True
        assert _loudness(audio[call.channel_roles.index(turn.speaker), samples]) > 0.02, turn.text

    for channel, role in enumerate(call.channel_roles):
        assert _loudness(audio[channel, ~speech[role]]) < 0.01


@each_call
def test_a_hold_is_heard_as_silence(call: SpokenCall) -> None:
    longest = max(later.start_s - earlier.end_s for earlier, later in pairwise(call.script))

    assert (call.hold_count > 0) == (longest >= 10)
    assert call.hold_s == (round(longest) if call.hold_count else 0)


@each_call
def test_the_errors_of_a_call_are_items_and_reasons_of_the_demo_scorecard(call: SpokenCall, centre: Centre) -> None:
    reasons = {item.key: item.reasons for item in centre.items}

    for error in call.errors:
        assert error.reason in reasons[error.item][error.fault]


@each_call
def test_a_call_belongs_to_a_project_and_topic_of_the_centre(call: SpokenCall, centre: Centre) -> None:
    project = next(project for project in centre.projects if project.key == call.project)

    assert call.topic in project.topics
    assert call.language == project.language


def test_one_customer_reads_a_valid_card_number_aloud() -> None:
    numbers = [
        re.sub(r"\D", "", turn.text) for call in CALLS for turn in call.script if re.search(r"\d{4} \d{4}", turn.text)
    ]

    assert len(numbers) == 1
    assert len(numbers[0]) == 16
    assert _luhn_sum(numbers[0]) % 10 == 0


def test_the_text_of_a_party_leaves_the_other_party_out() -> None:
    call = next(call for call in CALLS if call.name == "en-6-card-read-aloud")

    assert "please read me the full number" in call.text_of("agent")
    assert "please read me the full number" not in call.text_of("customer")


def test_the_calls_cover_good_service_complaints_and_errors_of_agent_and_process() -> None:
    faults = {error.fault for call in CALLS for error in call.errors}

    assert faults == {"agent", "process"}
    assert any(not call.errors for call in CALLS)
    assert any(call.complaint and call.csat == 1 for call in CALLS)


def _decode(call: SpokenCall) -> Samples:
    """Channels × samples at 8 kHz, −1…1."""
    resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
    with av.open(str(call.path)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1).astype(np.float64)


def _samples(start_s: float, end_s: float) -> slice:
    return slice(round(start_s * RATE), round(end_s * RATE))


def _loudness(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def _luhn_sum(digits: str) -> int:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return sum(int(digit) for digit in digits[-1::-2]) + sum(value - 9 if value > 9 else value for value in doubled)
