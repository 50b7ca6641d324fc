"""What is accepted as a recording, and what is said about the rest."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from app.calls.audio import MAX_DURATION_S, AudioInfo, NotAudio, probe
from tests.transcription.recordings import DATA, encode, tone

SECONDS = 4.0
FORMATS = [
    ("call.wav", "pcm_s16le", "wav", "audio/wav"),
    ("call.wav", "pcm_alaw", "wav", "audio/wav"),
    ("call.wav", "pcm_mulaw", "wav", "audio/wav"),
    ("call.mp3", "mp3", "mp3", "audio/mpeg"),
    ("call.ogg", "opus", "ogg", "audio/ogg"),
    ("call.flac", "flac", "flac", "audio/flac"),
    ("call.m4a", "aac", "m4a", "audio/mp4"),
    ("call.webm", "opus", "webm", "audio/webm"),
]
ENCODERS = {"opus": "libopus", "mp3": "libmp3lame"}


def refusal(source: Path | io.BytesIO) -> NotAudio:
    with pytest.raises(NotAudio) as caught:
        probe(source)
    return caught.value


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("name", "codec", "container", "mime_type"), FORMATS)
def test_every_promised_format_is_described(
    tmp_path: Path, name: str, codec: str, container: str, mime_type: str, channels: int
) -> None:
    rate = 48_000 if codec == "opus" else 8000
    sound = [tone(SECONDS, rate, hertz) for hertz in (425.0, 600.0)][:channels]
    info = probe(encode(tmp_path / name, ENCODERS.get(codec, codec), sound, rate))
    assert (info.container, info.codec, info.channels) == (container, codec, channels)
    assert (info.sample_rate, info.mime_type) == (rate, mime_type)
    assert info.duration_s == pytest.approx(SECONDS, abs=0.25)


def test_gsm_in_wav_is_described() -> None:
    assert probe(DATA / "greeting-gsm.wav") == AudioInfo("wav", "gsm_ms", 1, 8000, 3.685, "audio/wav")


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    flac = encode(tmp_path / "call.flac", "flac", [tone(SECONDS)])
    assert probe(flac.rename(tmp_path / "call.mp3")).mime_type == "audio/flac"


def test_an_open_file_is_read_like_a_path(tmp_path: Path) -> None:
    path = encode(tmp_path / "call.wav", "pcm_s16le", [tone(SECONDS)])
    assert probe(io.BytesIO(path.read_bytes())) == probe(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Dear customer, thank you for calling.\n" * 50, id="text"),
        pytest.param(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", id="playlist"),
        pytest.param(b"ffconcat version 1.0\nfile call.flac\n", id="concatenation script"),
        pytest.param(np.random.default_rng(1).bytes(200_000), id="random bytes"),
        pytest.param(b"RIFF\x24\x00\x00\x00WAVEfmt ", id="half a header"),
    ],
)
def test_what_is_no_audio_is_refused(content: bytes) -> None:
    assert refusal(io.BytesIO(content)).code == "not_audio"


def test_an_empty_file_is_refused_as_empty() -> None:
    assert refusal(io.BytesIO(b"")).code == "recording_empty"


def test_a_recording_without_a_single_sample_is_refused_as_empty(tmp_path: Path) -> None:
    path = encode(tmp_path / "call.wav", "pcm_s16le", [tone(SECONDS)])
    head = bytearray(path.read_bytes())
    start = head.index(b"data")
    head[start + 4 : start + 8] = bytes(4)
    assert refusal(io.BytesIO(bytes(head[: start + 8]))).code == "recording_empty"


def test_an_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with av.open(path, "w", format="image2", options={"update": "1"}) as container:
        _draw(container.add_stream("png", rate=1), container)
    assert refusal(path).code == "not_audio"


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.mp4"
    with av.open(path, "w") as container:
        _draw(container.add_stream("mpeg4", rate=25), container)
    error = refusal(path)
    assert (error.code, error.reason) == ("not_audio", "the file holds no audio")


def _draw(stream: av.VideoStream, container: av.container.OutputContainer) -> None:
    stream.width = stream.height = 32
    stream.pix_fmt = "rgb24" if stream.name == "png" else "yuv420p"
    frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), dtype=np.uint8), format="rgb24")
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("name", "codec"), [("a.wav", "pcm_s16le"), ("a.wav", "pcm_alaw"), ("a.flac", "flac"), ("a.webm", "libopus")]
)
def test_a_file_that_holds_less_than_its_header_promises_is_truncated(tmp_path: Path, name: str, codec: str) -> None:
    rate = 48_000 if codec == "libopus" else 8000
    noise = np.random.default_rng(1).normal(0, 0.1, int(SECONDS * rate)).astype(np.float32)
    whole = encode(tmp_path / name, codec, [noise], rate).read_bytes()
    error = refusal(io.BytesIO(whole[: len(whole) // 2]))
    assert error.code == "recording_truncated"
    assert error.reason.startswith("the recording is truncated: its header promises 4.0 s, the file holds")


def test_an_m4a_that_lost_its_index_is_refused(tmp_path: Path) -> None:
    whole = encode(tmp_path / "call.m4a", "aac", [tone(SECONDS)]).read_bytes()
    assert refusal(io.BytesIO(whole[: len(whole) // 2])).code == "not_audio"


def test_a_few_missing_samples_are_no_reason_to_refuse(tmp_path: Path) -> None:
    whole = encode(tmp_path / "call.wav", "pcm_s16le", [tone(SECONDS)]).read_bytes()
    assert probe(io.BytesIO(whole[:-8000])).duration_s == pytest.approx(SECONDS - 0.5)


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0xFFFFFFFF])
def test_a_wav_written_without_knowing_its_length_is_as_long_as_its_data(tmp_path: Path, size: int) -> None:
    content = bytearray(encode(tmp_path / "call.wav", "pcm_s16le", [tone(SECONDS)]).read_bytes())
    start = content.index(b"data")
    content[start + 4 : start + 8] = struct.pack("<I", size)
    assert probe(io.BytesIO(bytes(content))).duration_s == pytest.approx(SECONDS, abs=0.01)


def test_more_than_two_channels_are_refused(tmp_path: Path) -> None:
    error = refusal(encode(tmp_path / "call.wav", "pcm_s16le", [tone(1.0)] * 3))
    assert error.code == "too_many_channels"
    assert error.reason == "the recording has 3 channels, 2 are supported"


def test_a_codec_that_is_not_promised_is_refused_by_name(tmp_path: Path) -> None:
    error = refusal(encode(tmp_path / "call.wav", "adpcm_ima_wav", [tone(SECONDS)]))
    assert (error.code, error.reason) == ("codec_not_supported", "adpcm_ima_wav in wav is not supported")


def test_a_recording_longer_than_six_hours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    rate = 4000
    size = int((MAX_DURATION_S + 60) * rate)
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt ")
        file.write(struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8) + b"data" + struct.pack("<I", size))
        file.truncate(44 + size)
    assert refusal(path).code == "recording_too_long"
