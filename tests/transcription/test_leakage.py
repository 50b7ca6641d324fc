"""A voice that leaks into the other party's channel."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.transcription.speech.leakage import FRAME, mute_leakage
from app.transcription.types import SAMPLE_RATE

SECONDS = 70  # more than is looked at in one go


def voice(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.1, SECONDS * SAMPLE_RATE).astype(np.float32)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_faint_copy_is_muted_and_the_original_kept(sign: int) -> None:
    agent = voice(1)
    leak = (sign * 0.05 * agent).astype(np.float32)
    kept = agent.copy()
    mute_leakage(agent, leak)
    assert not leak.any()
    assert np.array_equal(agent, kept)


def test_a_quiet_voice_of_its_own_is_kept() -> None:
    agent, customer = voice(1), (0.05 * voice(2)).astype(np.float32)
    kept = customer.copy()
    mute_leakage(agent, customer)
    assert np.array_equal(customer, kept)


def test_a_copy_as_loud_as_the_original_is_no_leak() -> None:
    agent = voice(1)
    customer = (0.5 * agent).astype(np.float32)
    mute_leakage(agent, customer)
    assert customer.all()


def test_only_the_part_that_leaks_is_muted() -> None:
    agent, customer = voice(1), voice(2)
    customer[: 4 * FRAME] = 0.05 * agent[: 4 * FRAME]
    mute_leakage(customer, agent)
    assert not customer[: 4 * FRAME].any()
    assert customer[4 * FRAME :].all()


def test_two_silent_channels_stay_silent() -> None:
    silence = np.zeros(SAMPLE_RATE, dtype=np.float32)
    mute_leakage(silence, silence.copy())
    assert not silence.any()
