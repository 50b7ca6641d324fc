"""Lays spoken turns out on a two-channel recording and notes in the script when each was said.

layout.py texts BUILD   writes one text file a turn, named by its voice, for the synthesiser
layout.py mix BUILD     joins the spoken turns, each party on its own channel, as BUILD/mixed/*.wav
"""

import json
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SCRIPTS = sorted(Path(__file__).parent.glob("*.json"))
RATE = 8000
TAIL_S = 0.8
PEAK = 0.7 * 32767

Samples = npt.NDArray[np.float64]


def write_texts(script: Path, build: Path) -> None:
    call = json.loads(script.read_text("utf-8"))
    for number, turn in enumerate(call["turns"]):
        voice = call["voices"][turn["speaker"]]
        spoken = turn.get("say", turn["text"])
        (build / f"{script.stem}.{number:02}.{voice}.txt").write_text(spoken + "\n", "utf-8")


def mix(script: Path, build: Path) -> None:
    call = json.loads(script.read_text("utf-8"))
    roles, turns = call["channel_roles"], call["turns"]
    spoken = [_read(path) for path in sorted(build.glob(f"{script.stem}.*.wav"))]
    _place(turns, spoken)
    channels = np.zeros((_frames(turns[-1]["end_s"] + TAIL_S), len(roles)))
    for turn, samples in zip(turns, spoken, strict=True):
        start = _frames(turn["start_s"])
        channels[start : start + len(samples), roles.index(turn["speaker"])] += samples
    _write(build / "mixed" / f"{script.stem}.wav", channels)
    call["duration_s"] = round(len(channels) / RATE, 2)
    script.write_text(json.dumps(call, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _place(turns: list[dict[str, Any]], spoken: list[Samples]) -> None:
    """A turn begins its pause after the turn before has ended; a negative pause interrupts."""
    clock = 0.0
    for turn, samples in zip(turns, spoken, strict=True):
        turn["start_s"] = round(clock + turn["pause_s"], 2)
        turn["end_s"] = round(turn["start_s"] + len(samples) / RATE, 2)
        clock = turn["end_s"]


def _frames(seconds: float) -> int:
    return round(seconds * RATE)


def _read(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
    loudest: float = np.abs(samples).max()
    return samples / loudest * PEAK


def _write(path: Path, channels: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(channels).astype("<i2").tobytes())


if __name__ == "__main__":
    work = {"texts": write_texts, "mix": mix}[sys.argv[1]]
    for path in SCRIPTS:
        work(path, Path(sys.argv[2]))
