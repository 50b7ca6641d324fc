"""The demo calls with real recordings: two channels in telephone quality, and a script of who says what and when."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_RECORDINGS = Path(__file__).parent / "recordings"


@dataclass(frozen=True, slots=True)
class Turn:
    speaker: str
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SpokenError:
    """An error that can be heard: the item of the demo scorecard, whose fault it is, and the key of the reason."""

    item: str
    fault: str
    reason: str


@dataclass(frozen=True, slots=True)
class SpokenCall:
    """`channel_roles` says who is on which channel; `project` and `topic` are the simulator's keys."""

    name: str
    path: Path
    language: str
    project: str
    topic: str
    story: str
    channel_roles: tuple[str, ...]
    duration_s: float
    hold_s: int
    hold_count: int
    csat: int | None
    complaint: bool
    errors: tuple[SpokenError, ...]
    script: tuple[Turn, ...]

    def text_of(self, speaker: str) -> str:
        return " ".join(turn.text for turn in self.script if turn.speaker == speaker)


def spoken_calls() -> tuple[SpokenCall, ...]:
    """All recorded calls, in the order of their names."""
    return tuple(_read(path) for path in sorted(_RECORDINGS.glob("*.json")))


def _read(script: Path) -> SpokenCall:
    raw: dict[str, Any] = json.loads(script.read_text("utf-8"))
    return SpokenCall(
        name=script.stem,
        path=script.with_suffix(".ogg"),
        language=raw["language"],
        project=raw["project"],
        topic=raw["topic"],
        story=raw["story"],
        channel_roles=tuple(raw["channel_roles"]),
        duration_s=raw["duration_s"],
        hold_s=raw["hold_s"],
        hold_count=raw["hold_count"],
        csat=raw["csat"],
        complaint=raw["complaint"],
        errors=tuple(SpokenError(**error) for error in raw["errors"]),
        script=tuple(Turn(turn["speaker"], turn["text"], turn["start_s"], turn["end_s"]) for turn in raw["turns"]),
    )
