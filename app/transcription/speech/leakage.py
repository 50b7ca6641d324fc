"""One party's voice leaking into the other one's channel.

Codecs that save bits on stereo (Opus, MP3 and AAC at telephone rates) leave a faint copy of each channel in the
other one. It is loud enough to be transcribed, and would put the words of one speaker into the mouth of both.
"""

import numpy as np
from numpy.typing import NDArray

from app.transcription.types import SAMPLE_RATE, Audio

FRAME = SAMPLE_RATE // 4
_FRAMES = 240  # a minute at a time
_QUIETER = 10 ** (-15 / 10)  # a leak is at least 15 dB below what it copies
_ALIKE = 0.9  # correlation; two people who speak at once stay far below


def mute_leakage(first: Audio, second: Audio) -> None:
    """Silence, in place, each quarter of a second that is a faint copy of the other channel."""
    for start in range(0, len(first), _FRAMES * FRAME):
        one = _framed(first[start : start + _FRAMES * FRAME])
        other = _framed(second[start : start + _FRAMES * FRAME])
        is_copy = _correlated(one, other)
        one_power, other_power = np.square(one).sum(axis=1), np.square(other).sum(axis=1)
        one[is_copy & (one_power < other_power * _QUIETER)] = 0.0
        other[is_copy & (other_power < one_power * _QUIETER)] = 0.0


def _framed(audio: Audio) -> Audio:
    """The samples as whole frames, shape (frames, FRAME); a view, without what is left at the end."""
    return audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)


def _correlated(one: Audio, other: Audio) -> NDArray[np.bool_]:
    product = (one * other).sum(axis=1)
    norm = np.sqrt(np.square(one).sum(axis=1) * np.square(other).sum(axis=1))
    return np.asarray(np.abs(product) > _ALIKE * np.maximum(norm, np.finfo(np.float32).tiny))
