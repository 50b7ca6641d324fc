"""Recordings for tests: the spoken fixtures, and files encoded from arrays."""

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Said:
    speaker: str
    start_s: float
    text: str


def said_in(name: str) -> list[Said]:
    with (DATA / "calls.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["file"] == name]
    said = [Said(row["speaker"], float(row["start_s"]), row["text"]) for row in rows]
    return sorted(said, key=lambda one: one.start_s)


def tone(seconds: float, rate: int = 8000, hertz: float = 425.0, level: float = 0.3) -> NDArray[np.float32]:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def encode(path: Path, codec: str, channels: list[NDArray[np.float32]], rate: int = 8000) -> Path:
    """Write the channels to a file; its suffix chooses the container."""
    layout = {1: "mono", 2: "stereo", 3: "2.1"}[len(channels)]
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        planes = np.ascontiguousarray(np.stack(channels))
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.sample_rate = rate
        frame.time_base = Fraction(1, rate)
        resampler = av.AudioResampler(stream.format, layout, stream.rate, stream.frame_size or 1024)
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return path
