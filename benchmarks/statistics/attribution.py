"""The sources of 10,000 and of 100,000 errors, among 300,000 and 3 million answers: time and memory.

Each size runs in a process of its own that reads the arrays from a file, so that the memory at its highest is that of
the arrays, of numpy and scipy, and of what the estimation takes. There is nothing to compare with but the smaller size.
Times are of the processor: the estimation is one thread that waits for nothing.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from app.statistics.attribution import AnswerArrays, CheckedErrors, error_sources
from validation.causes import Setting, simulate

ROUNDS = 5
EVALUATIONS = 10_000, 100_000
CHECKS = 400
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Run:
    """seconds: of the processor, in each round. memory: the largest of the process, in bytes."""

    answers: int
    errors: int
    seconds: tuple[float, ...]
    memory: int


@dataclass(frozen=True, slots=True)
class Result:
    small: Run
    large: Run

    @property
    def ratio(self) -> float:
        return median(self.large.seconds) / median(self.small.seconds)

    def rows(self) -> Iterator[str]:
        small, large = self.small, self.large
        yield (
            f"| sources of {large.errors:,} errors in {large.answers:,} answers | {median(large.seconds):.2f} s "
            f"| {small.errors:,} errors in {small.answers:,} answers {median(small.seconds):.2f} s "
            f"| **{self.ratio:.1f}** | ≤ 12 |"
        )
        yield f"| memory of the process at its highest | {large.memory / MIB:,.0f} MB | | | < 1 GB |"


def measure() -> Result:
    small, large = (_in_a_process(evaluations) for evaluations in EVALUATIONS)
    return Result(small, large)


def _setting(evaluations: int) -> Setting:
    """One agent and half a verifier for each 100 evaluations; an error in every thirtieth answer."""
    return Setting(
        evaluations=evaluations,
        agents=evaluations // 100,
        verifiers=evaluations // 2000 + 3,
        process_rate=0.0165,
        agent_rate=0.0165,
        checks=CHECKS,
    )


def _in_a_process(evaluations: int) -> Run:
    with _file_of(evaluations) as path:
        command = [sys.executable, "-m", "benchmarks.statistics.attribution", str(path)]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Run(answer["answers"], answer["errors"], tuple(answer["seconds"]), answer["memory"])


@contextmanager
def _file_of(evaluations: int) -> Iterator[Path]:
    simulated = simulate(np.random.default_rng(1), _setting(evaluations))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.npz"
        np.savez(path, **_arrays("answers", simulated.answers), **_arrays("checked", simulated.checked))
        yield path


def _arrays(name: str, record: AnswerArrays | CheckedErrors) -> dict[str, Any]:
    return {f"{name}_{field.name}": getattr(record, field.name) for field in fields(record)}


def _timed(path: Path) -> None:
    stored = np.load(path)
    answers = AnswerArrays(**{field.name: stored[f"answers_{field.name}"] for field in fields(AnswerArrays)})
    checked = CheckedErrors(**{field.name: stored[f"checked_{field.name}"] for field in fields(CheckedErrors)})
    seconds = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        error_sources(answers, checked)
        seconds.append(time.process_time() - started)
    # Linux counts in KiB. The first round only warms up.
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    errors = int(answers.errors.sum())
    print(
        json.dumps({"answers": answers.items.size, "errors": errors, "seconds": seconds[1:], "memory": memory}),
    )


def main() -> Result:
    """Measure, print rows of a Markdown table, and return the figures."""
    result = measure()
    for row in result.rows():
        print(row)
    return result


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _timed(Path(sys.argv[1]))
    else:
        main()
