"""The real model, loaded once, and helpers to make recordings."""

from pathlib import Path

import pytest

from app.transcription.speech.weights import resolve_model
from app.transcription.speech.whisper import FasterWhisperEngine


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return resolve_model("base", tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def engine(model_dir: Path) -> FasterWhisperEngine:
    return FasterWhisperEngine(model_dir, name="base")
