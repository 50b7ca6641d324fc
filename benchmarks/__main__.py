"""Every measurement, one after the other: `python -m benchmarks`, or `make bench`."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import estimation, evaluations, exports, ingestion, live, sampling, transcription
from benchmarks.reports import beside_duckdb, hold_time
from benchmarks.statistics import agreement, attribution, severity


def main() -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}\n")
    print("| what | ours | bare | ratio | goal |\n|---|---|---|---|---|")
    evaluations.main()
    ingestion.main()
    estimation.main()
    exports.main()
    severity.main()
    attribution.main()
    hold_time.main()
    beside_duckdb.main()
    sampling.main()
    live.main()
    agreement.main()
    print()
    transcription.main()


def _machine() -> str:
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return f"{os.cpu_count()} cores ({cpu}), Python {platform.python_version()}"


if __name__ == "__main__":
    main()
