"""Probing uploaded files in a process of its own, so that a hostile file harms nothing else."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import structlog

from app.calls import audio
from app.calls.audio import AudioInfo, NotAudio

_AT_ONCE = 2
_MAX_WALL_S = 30.0
# Isolated: beside the script lies a `types.py` that must not be taken for that of the standard library.
_COMMAND = (sys.executable, "-I", audio.__file__)

log = structlog.get_logger()
_slots = asyncio.Semaphore(_AT_ONCE)


async def probe_safely(path: Path, *, max_wall_s: float = _MAX_WALL_S) -> AudioInfo:
    """What `audio.probe` says, asked of a child process with bounded memory and time; raises NotAudio.

    A child that dies or does not answer in time means a recording that cannot be read. At most two files are looked
    at at once; the others wait.
    """
    async with _slots:
        return _understood(await _ask(path, max_wall_s))


async def _ask(path: Path, max_wall_s: float) -> bytes:
    """The child's answer, or nothing. It inherits no environment, which holds the secrets of the service."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, str(path), stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env={}, start_new_session=True
    )
    try:
        async with asyncio.timeout(max_wall_s):
            answer, _ = await process.communicate()
    except TimeoutError:
        answer = b""
    finally:
        await _end(process)
    if process.returncode != 0:
        log.warning("recording.probe_died", returncode=process.returncode)
    return answer


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _understood(answer: bytes) -> AudioInfo:
    try:
        answered = json.loads(answer)
        if "code" not in answered:
            return AudioInfo(**answered)
        refusal = NotAudio(**answered)
    except (TypeError, ValueError) as error:
        reason = "the recording cannot be read: it takes too much time or memory, or breaks the decoder"
        raise NotAudio("recording_unreadable", reason) from error
    raise refusal
