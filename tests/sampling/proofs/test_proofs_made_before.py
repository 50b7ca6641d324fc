"""Proofs that an earlier version of the service has made stay valid, byte by byte as they were downloaded."""

from pathlib import Path

import pytest

from app.sampling.proofs.verify import check_proof_file

FILES = sorted((Path(__file__).parent / "proofs_made_before").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_proof_made_before_is_valid(file: Path) -> None:
    check = check_proof_file(file.read_bytes())
    assert check.discrepancy is None


def test_there_are_proofs_of_both_modes_and_of_late_calls() -> None:
    assert [file.stem for file in FILES] == ["quota", "quota_late_calls", "rate", "rate_late_calls"]
