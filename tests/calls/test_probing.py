"""Hostile recordings: refused for a reason, and harmless to the process that takes them in."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app.calls import audio
from app.calls.audio import AudioInfo, NotAudio, probe
from app.calls.probing import probe_safely
from app.platform.settings import Settings
from tests.calls import hostile
from tests.calls.factories import push_call
from tests.calls.test_audio import ENCODERS, FORMATS
from tests.people import Centre
from tests.transcription.recordings import DATA, encode, tone

ALLOWED_GROWTH_KB = 100 * 1024
HOSTILE = [
    pytest.param(hostile.m4a(10_000_000), 422, "recording_unreadable", id="index of ten million samples"),
    pytest.param(hostile.m4a(40_000_000), 422, "recording_empty", id="index of forty million samples"),
    pytest.param(hostile.wav_with_endless_text(), 415, "not_audio", id="text of gigabytes"),
    pytest.param(hostile.wav_of_tiny_chunks(200_000), 422, "recording_unreadable", id="tiny chunks"),
    pytest.param(hostile.wav(codec_tag=0x7F01), 415, "codec_not_supported", id="unknown codec tag"),
    pytest.param(hostile.wav(bits=0xFFFF), 415, "codec_not_supported", id="unknown sample format"),
    pytest.param(hostile.wav(sample_rate=2**31 - 1), 422, "recording_unreadable", id="impossible sample rate"),
]


@contextmanager
def memory_stays_flat() -> Iterator[None]:
    """Not even for a moment does this process take more than it did; its children do not count."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < ALLOWED_GROWTH_KB


def children() -> list[psutil.Process]:
    """Those that look at recordings; a zombie has no command line."""
    return [child for child in psutil.Process().children() if audio.__file__ in child.cmdline()]


async def refusal(path: Path, max_wall_s: float = 30) -> NotAudio:
    with pytest.raises(NotAudio) as caught:
        await probe_safely(path, max_wall_s=max_wall_s)
    return caught.value


@pytest.mark.parametrize(("content", "status", "code"), HOSTILE)
async def test_a_hostile_recording_is_refused_and_leaves_neither_memory_nor_bytes_behind(
    *, centre: Centre, settings: Settings, content: bytes, status: int, code: str
) -> None:
    call = await push_call(centre.admin, centre.project_id)
    with memory_stays_flat():
        refused = await centre.admin.put(f"/v1/calls/{call['id']}/recording", content=content)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    places = (settings.objects_dir / str(centre.tenant_id), settings.objects_dir / ".incoming")
    assert [path for place in places for path in place.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("name", "codec", "container", "mime_type"), FORMATS)
async def test_an_honest_recording_is_described_by_a_child_as_it_is_here(
    tmp_path: Path, name: str, codec: str, container: str, mime_type: str
) -> None:
    rate = 48_000 if codec == "opus" else 8000
    path = encode(tmp_path / name, ENCODERS.get(codec, codec), [tone(2, rate)] * 2, rate)
    info = await probe_safely(path)
    assert (info.container, info.codec, info.mime_type) == (container, codec, mime_type)
    assert info == probe(path)


async def test_gsm_in_wav_is_described_by_a_child() -> None:
    assert await probe_safely(DATA / "greeting-gsm.wav") == AudioInfo("wav", "gsm_ms", 1, 8000, 3.685, "audio/wav")


async def test_a_wav_of_six_hours_and_hundreds_of_megabytes_passes_through_a_child(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    size = 6 * 3600 * 16_000
    head = hostile.wav(data=b"")
    with path.open("wb") as file:
        file.write(head[:-4] + size.to_bytes(4, "little"))
        file.truncate(len(head) + size)
    assert (await probe_safely(path)).duration_s == 6 * 3600


@pytest.mark.parametrize(("sample_rate", "accepted"), [(3999, False), (4000, True), (192_000, True), (192_001, False)])
async def test_sample_rates_from_4_to_192_khz_are_accepted(tmp_path: Path, sample_rate: int, accepted: bool) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(hostile.wav(sample_rate=sample_rate))
    if accepted:
        assert (await probe_safely(path)).sample_rate == sample_rate
    else:
        error = await refusal(path)
        assert error.code == "recording_unreadable"
        assert error.reason == f"the recording has {sample_rate} samples a second, 4000 to 192000 are supported"


async def test_a_sound_shorter_than_a_millisecond_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(hostile.wav(sample_rate=192_000, data=bytes(4)))
    assert (await refusal(path)).code == "recording_empty"


async def test_a_thousand_chunks_before_the_sound_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(hostile.wav_of_tiny_chunks(998))
    assert (await probe_safely(path)).duration_s == 3
    path.write_bytes(hostile.wav_of_tiny_chunks(999))
    assert (await refusal(path)).reason == "the file has more than 1000 chunks before its sound"


async def test_a_child_that_dies_means_a_recording_that_cannot_be_read(tmp_path: Path) -> None:
    error = await refusal(tmp_path / "nothing here")
    assert error.code == "recording_unreadable"
    assert error.reason == "the recording cannot be read: it takes too much time or memory, or breaks the decoder"


async def test_a_child_that_does_not_answer_in_time_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never ending")
    assert (await refusal(tmp_path / "never ending", max_wall_s=0.5)).code == "recording_unreadable"
    assert children() == []


async def test_two_recordings_are_looked_at_at_once_and_none_once_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never ending")
    waiting = [asyncio.create_task(probe_safely(tmp_path / "never ending")) for _ in range(4)]
    await asyncio.sleep(0.5)
    assert len(children()) == 2
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    assert children() == []
