"""A recording as 16 kHz samples, one array a channel.

The samples go through a temporary file that is mapped into memory, so that six hours of stereo
never have to fit into it.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from app.transcription.errors import UnreadableRecording
from app.transcription.types import SAMPLE_RATE, Audio

MAX_CHANNELS = 2
_OPEN_OPTIONS = {"format_whitelist": "wav,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"}
_ENOUGH = 0.5  # a few broken packets are a crackle on the line; half of them is no recording


@contextmanager
def decoded(path: Path | str) -> Iterator[tuple[Audio, ...]]:
    """The channels of a recording, for as long as the context lasts; they may be written to.

    Raises UnreadableRecording with the reason when the file has no readable sound.
    """
    with ExitStack() as stack:
        scratch = [stack.enter_context(TemporaryFile()) for _ in range(MAX_CHANNELS)]
        channels = _decode(path, scratch)
        yield tuple(_mapped(file) for file in scratch[:channels])


def _decode(path: Path | str, scratch: Sequence[IO[bytes]]) -> int:
    """Write the samples of each channel to its file; the number of channels."""
    try:
        with Path(path).open("rb") as file, _opened(file) as container:
            stream = _audio_stream(container)
            _write(_resampled(_frames(container, stream)), scratch)
            return stream.channels
    except (av.FFmpegError, OSError) as error:
        raise UnreadableRecording(f"the recording cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableRecording("the recording changes its format midway") from error


def _opened(file: IO[bytes]) -> InputContainer:
    return av.open(file, mode="r", options=_OPEN_OPTIONS, metadata_errors="ignore")


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise UnreadableRecording("the file holds no audio")
    stream = container.streams.audio[0]
    if not 1 <= stream.channels <= MAX_CHANNELS:
        raise UnreadableRecording(f"the recording has {stream.channels} channels, {MAX_CHANNELS} are supported")
    return stream


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    seconds = 0.0
    for packet in container.demux(stream):
        with suppress(av.InvalidDataError):
            for frame in packet.decode():
                seconds += frame.samples / frame.sample_rate
                yield frame
    promised = _promised_seconds(container)
    if seconds < _ENOUGH * promised:
        raise UnreadableRecording(f"only {seconds:.1f} s of {promised:.1f} s can be decoded")


def _promised_seconds(container: InputContainer) -> float:
    """What the header says; for MP3 it is a guess from the first bit rate and says nothing."""
    return 0.0 if container.format.name == "mp3" else (container.duration or 0) / av.time_base


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    resampler = AudioResampler(format="fltp", rate=SAMPLE_RATE)
    for frame in frames:
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _write(frames: Iterator[AudioFrame], scratch: Sequence[IO[bytes]]) -> None:
    samples = 0
    for frame in frames:
        samples += frame.samples
        for plane, file in zip(frame.to_ndarray(), scratch, strict=False):  # mono leaves the second file empty
            file.write(plane.tobytes())
    if not samples:
        raise UnreadableRecording("the recording holds no sound")


def _mapped(file: IO[bytes]) -> Audio:
    file.flush()
    return np.memmap(file, dtype=np.float32, mode="r+")
