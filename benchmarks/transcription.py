"""Transcription beside the plain faster-whisper call: speed and word error rate on telephone speech.

Both hear the same files, turn by turn in one run, so that whatever else the machine does is shared.
The plain call gets the same weights and the language, and the library's defaults for everything else.
"""

import csv
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import jiwer
from faster_whisper import WhisperModel

from app.transcription.recording import transcribe_recording
from app.transcription.speech.weights import resolve_model
from app.transcription.speech.whisper import FasterWhisperEngine

DATA_VARIABLE = "QMT_SPEECH_DATA"
DEFAULT_DATA = Path("../shared/data/telephone-speech")
CACHE = Path("var/cache")
OURS, PLAIN = "QMT", "faster-whisper"

_CONTRACTIONS = {"n't": " not", "'m": " am", "'re": " are", "'ll": " will", "'ve": " have"}

Recogniser = Callable[[Path, str], str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One file of the data set and what is said in it."""

    path: Path
    language: str
    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    prompt: Prompt
    recogniser: str
    wall_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table: a recogniser on all the files of a language."""

    language: str
    recogniser: str
    audio_s: float
    wall_s: float
    word_error_rate: float

    @property
    def speed(self) -> float:
        """Seconds of audio per second of wall clock."""
        return self.audio_s / self.wall_s


def main(data_dir: Path | None = None) -> list[Result]:
    """Measure, print a Markdown table, and return its rows."""
    prompts = read_prompts(data_dir or Path(os.environ.get(DATA_VARIABLE, DEFAULT_DATA)))
    model_dir = resolve_model("base", CACHE)
    recognisers = {PLAIN: plain(model_dir), OURS: ours(model_dir)}
    for recognise in recognisers.values():
        recognise(prompts[0].path, prompts[0].language)
    heard = list(listen(prompts, recognisers))
    results = list(summarise(heard, recognisers))
    print(table(results))
    return results


def read_prompts(data_dir: Path) -> list[Prompt]:
    """The files that transcripts.tsv names (file, language, seconds, text)."""
    with (data_dir / "transcripts.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Prompt(data_dir / row["file"], row["language"], float(row["seconds"]), row["text"]) for row in rows]


def plain(model_dir: Path) -> Recogniser:
    model = WhisperModel(str(model_dir))

    def recognise(path: Path, language: str) -> str:
        segments, _ = model.transcribe(str(path), language=language)
        return " ".join(segment.text for segment in segments)

    return recognise


def ours(model_dir: Path) -> Recogniser:
    engine = FasterWhisperEngine(model_dir, name="base")

    def recognise(path: Path, language: str) -> str:
        transcript = transcribe_recording(path, engine, None, language, lambda _done, _total: None)
        return " ".join(segment.text for segment in transcript.segments)

    return recognise


def listen(prompts: Iterable[Prompt], recognisers: dict[str, Recogniser]) -> Iterator[Heard]:
    for prompt in prompts:
        for name, recognise in recognisers.items():
            start = time.perf_counter()
            text = recognise(prompt.path, prompt.language)
            yield Heard(prompt, name, time.perf_counter() - start, text)


def summarise(heard: list[Heard], recognisers: Iterable[str]) -> Iterator[Result]:
    for language in sorted({one.prompt.language for one in heard}):
        for name in recognisers:
            of_both = [one for one in heard if one.prompt.language == language and one.recogniser == name]
            yield Result(
                language,
                name,
                audio_s=sum(one.prompt.seconds for one in of_both),
                wall_s=sum(one.wall_s for one in of_both),
                word_error_rate=word_error_rate((one.prompt.text, one.text) for one in of_both),
            )


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Errors by words said, over all pairs of what was said and what was heard."""
    said, heard = zip(*((normalised(one), normalised(other)) for one, other in pairs), strict=True)
    return float(jiwer.wer(list(said), list(heard)))


def normalised(text: str) -> str:
    """Without the differences that nobody would call a mistake.

    Lower case, no punctuation, ё as е, and English contractions written out (after appendix C of the
    Whisper paper, Radford et al. 2022).
    """
    plain_text = text.lower().replace("ё", "е").replace("’", "'")
    for contraction, full in _CONTRACTIONS.items():
        plain_text = re.sub(rf"{contraction}\b", full, plain_text)
    return " ".join(re.findall(r"[^\W_]+", plain_text))


def table(results: list[Result]) -> str:
    lines = [
        "| language | recogniser | audio s per wall s | speed ratio | word error rate |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        reference = next(one for one in results if (one.language, one.recogniser) == (result.language, PLAIN))
        lines.append(
            f"| {result.language} | {result.recogniser} | {result.speed:.2f} "
            f"| {result.speed / reference.speed:.2f} | {result.word_error_rate:.1%} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
