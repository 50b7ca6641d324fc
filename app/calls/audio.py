"""What a recording is: its container, codec, channels and length, or why it is no recording.

The file is read packet by packet and never held in memory. FFmpeg is told which formats it may
recognise and is handed an open file instead of a name, so that a playlist or a concatenation
script posing as a recording cannot make it open anything else.

A small file can still make FFmpeg take gigabytes or minutes, so the API runs this file as a script (see
`app.calls.probing`): `python audio.py FILE` bounds itself and answers in JSON. It therefore imports nothing of the
service.
"""

import json
import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

MAX_DURATION_S = 6 * 3600.0
MAX_CHANNELS = 2
MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 4_000, 192_000
_CHECKED_S = 2.0  # how much is decoded to see that the codec works
_TOLERANCE_S = 1.0
_TOLERANCE_SHARE = 0.02
_MAX_RIFF_CHUNKS = 1000
_RIFF_SIZE_UNKNOWN = 0x7FFFF000  # what recorders write into a pipe, where the size is not known yet

_MAX_MEMORY = 512 * 1024**2  # address space of the script; an honest file of six hours needs about 200 MB
_MAX_CPU_S = 20

_OPEN_OPTIONS = {"format_whitelist": "wav,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"}


@dataclass(frozen=True, slots=True)
class _Container:
    name: str
    mime_type: str
    codecs: frozenset[str]
    states_duration: bool  # whether the header promises a length that the data can be held to


_CONTAINERS = {
    "wav": _Container("wav", "audio/wav", frozenset({"pcm_alaw", "pcm_mulaw", "gsm_ms"}), states_duration=True),
    "mp3": _Container("mp3", "audio/mpeg", frozenset({"mp3", "mp3float"}), states_duration=False),
    "ogg": _Container("ogg", "audio/ogg", frozenset({"opus", "vorbis"}), states_duration=False),
    "flac": _Container("flac", "audio/flac", frozenset({"flac"}), states_duration=True),
    "mov": _Container("m4a", "audio/mp4", frozenset({"aac", "alac"}), states_duration=True),
    "matroska": _Container("webm", "audio/webm", frozenset({"opus", "vorbis"}), states_duration=True),
}


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What the recording holds; `duration_s` is measured, not believed."""

    container: str
    codec: str
    channels: int
    sample_rate: int
    duration_s: float
    mime_type: str


class NotAudio(Exception):
    """The file cannot be used as a recording; `code` is stable, `reason` is for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def probe(source: Path | str | BinaryIO) -> AudioInfo:
    """Measure a recording of one or two channels; raises NotAudio for everything else.

    A recording is truncated when its header promises more than is there by over a second and over
    two per cent. WAV, FLAC, M4A and WebM make such a promise; WAV headers of recorders that did not
    know the length (0 or the largest number) make none, nor do MP3 and Ogg: what is there is the call.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            return _probe_file(file)
    return _probe_file(source)


def _probe_file(file: BinaryIO) -> AudioInfo:
    if not file.read(1):
        raise NotAudio("recording_empty", "the file is empty")
    _refuse_short_wav(file)
    file.seek(0)
    with _opened(file) as container:
        return _describe(container)


@contextmanager
def _opened(file: BinaryIO) -> Iterator[InputContainer]:
    try:
        container = av.open(file, mode="r", options=_OPEN_OPTIONS, metadata_errors="ignore")
    except MemoryError as error:
        raise NotAudio("recording_unreadable", "the recording takes too much memory to read") from error
    except av.FFmpegError as error:
        raise NotAudio("not_audio", "the file is not audio in a supported format, or is cut off") from error
    with container:
        yield container


def _describe(container: InputContainer) -> AudioInfo:
    if not container.streams.audio:
        raise NotAudio("not_audio", "the file holds no audio")
    stream = container.streams.audio[0]
    kind = _CONTAINERS[container.format.name.split(",")[0]]
    codec = _codec_name(kind, stream)
    _refuse_unsupported(kind, codec, stream)
    promised = _promised_duration(container, stream)
    duration = _measured_duration(container, stream)
    if kind.states_duration:
        _refuse_truncated(promised, duration)
    duration_s = round(min(promised or duration, duration), 3)
    if duration_s <= 0:
        raise NotAudio("recording_empty", "the recording holds no sound")
    return AudioInfo(
        container=kind.name,
        codec=codec.removesuffix("float"),
        channels=stream.channels,
        sample_rate=stream.rate,
        duration_s=duration_s,
        mime_type=kind.mime_type,
    )


def _codec_name(kind: _Container, stream: AudioStream) -> str:
    if stream.codec_context is None:  # FFmpeg has no decoder for what the header names
        raise NotAudio("codec_not_supported", f"the codec of the recording is unknown in {kind.name}")
    return stream.codec_context.name


def _refuse_unsupported(kind: _Container, codec: str, stream: AudioStream) -> None:
    if codec not in kind.codecs and not (kind.name == "wav" and codec.startswith("pcm_")):
        raise NotAudio("codec_not_supported", f"{codec} in {kind.name} is not supported")
    if not 1 <= stream.channels <= MAX_CHANNELS:
        raise NotAudio(
            "too_many_channels", f"the recording has {stream.channels} channels, {MAX_CHANNELS} are supported"
        )
    if not MIN_SAMPLE_RATE <= stream.rate <= MAX_SAMPLE_RATE:
        raise NotAudio(
            "recording_unreadable",
            f"the recording has {stream.rate} samples a second, {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} are supported",
        )


def _promised_duration(container: InputContainer, stream: AudioStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return container.duration / av.time_base
    return None


def _measured_duration(container: InputContainer, stream: AudioStream) -> float:
    """Seconds in the packets that are really there; the first of them are decoded as a check."""
    tick = float(stream.time_base or 0)  # the same for every packet, of which there are a million
    seconds = decoded = 0.0
    for packet in _packets(container, stream):
        seconds += (packet.duration or 0) * tick
        if seconds > MAX_DURATION_S:
            raise NotAudio("recording_too_long", f"the recording is longer than {MAX_DURATION_S / 3600:g} hours")
        if decoded < _CHECKED_S:
            decoded += _decoded_seconds(packet)
    if not decoded:
        reason = "the recording cannot be decoded" if seconds else "the recording holds no sound"
        raise NotAudio("recording_unreadable" if seconds else "recording_empty", reason)
    return seconds


def _packets(container: InputContainer, stream: AudioStream) -> Iterator["av.Packet[AudioStream]"]:
    """Packets up to the end or to the first place where the container is broken."""
    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        return


def _decoded_seconds(packet: "av.Packet[AudioStream]") -> float:
    try:
        return sum(frame.samples / frame.sample_rate for frame in packet.decode())
    except av.FFmpegError:
        return 0.0


def _refuse_truncated(promised: float | None, measured: float) -> None:
    missing = (promised or 0.0) - measured
    if missing > _TOLERANCE_S and missing > _TOLERANCE_SHARE * (promised or 0.0):
        raise NotAudio(
            "recording_truncated",
            f"the recording is truncated: its header promises {promised:.1f} s, the file holds {measured:.1f} s",
        )


def _refuse_short_wav(file: BinaryIO) -> None:
    """FFmpeg shortens the promise of a PCM header to what is there, so the header is read here."""
    file.seek(0)
    if not _is_wav(file.read(12)):
        return
    promised, present, bytes_per_second = _wav_data(file)
    if bytes_per_second and 0 < promised < _RIFF_SIZE_UNKNOWN:
        _refuse_truncated(promised / bytes_per_second, present / bytes_per_second)


def _is_wav(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


def _wav_data(file: BinaryIO) -> tuple[int, int, int]:
    """Bytes that the data chunk promises, bytes that are there, and bytes per second."""
    bytes_per_second = 0
    for _ in range(_MAX_RIFF_CHUNKS):
        if len(header := file.read(8)) < 8:
            return 0, 0, 0
        name, size = struct.unpack("<4sI", header)
        start = file.tell()
        if name == b"data":
            return size, file.seek(0, 2) - start, bytes_per_second
        if name == b"fmt ":
            bytes_per_second = int.from_bytes(file.read(12)[8:12], "little")
        file.seek(start + size + size % 2)
    raise NotAudio("recording_unreadable", f"the file has more than {_MAX_RIFF_CHUNKS} chunks before its sound")


def _answer(path: str) -> dict[str, object]:
    try:
        return asdict(probe(path))
    except NotAudio as error:
        return {"code": error.code, "reason": error.reason}


def _limit(what: int, most: int) -> None:
    """Bound this process, and whatever it starts, for good."""
    _, allowed = resource.getrlimit(what)
    bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(what, (bound, bound))


def _main(path: str) -> None:
    _limit(resource.RLIMIT_AS, _MAX_MEMORY)
    _limit(resource.RLIMIT_CPU, _MAX_CPU_S)
    _limit(resource.RLIMIT_CORE, 0)
    sys.stdout.write(json.dumps(_answer(path)))


if __name__ == "__main__":
    _main(sys.argv[1])
