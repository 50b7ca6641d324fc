"""Simulate, print the tables and write them to docs/validation.md: `python -m validation`, or `make validate`."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from app.statistics import FloatArray
from validation import attribution, charts, report, severity
from validation.agreement import AgreementResult, Design, designs, scale_designs, study_agreement
from validation.agreement_report import MARKERS, SCALE_MARKERS, agreement_tables, scale_tables
from validation.centre import Centre, late_evaluations, make_centre, make_week, response_by_quality
from validation.drawing import Frames, daily, daily_with_late_calls, monthly, two_plans
from validation.report import Result
from validation.study import study

PAGE = Path(__file__).parent.parent / "docs" / "validation.md"
RATES = ("0.02", "0.03", "0.05")


@dataclass(frozen=True, slots=True)
class Job:
    windows: str
    frames: Callable[[Centre, str], Frames]
    rate: str
    draws: int
    response: Callable[[Centre], FloatArray] | None = None
    centre: Callable[[], Centre] = make_centre
    adjusted: bool = True


def main() -> None:
    parser = ArgumentParser(prog="python -m validation", description=__doc__)
    parser.add_argument("--draws", type=int, default=1500, help="number of draws of each design")
    parser.add_argument("--samples", type=int, default=1000, help="number of samples of each design of agreement")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument(
        "--only",
        choices=("estimates", "severity", "attribution", "charts", "agreement", "scales"),
        help="measure this part only",
    )
    arguments = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        if arguments.only in (None, "estimates"):
            _write(_measure_all(pool, _jobs(arguments.draws), arguments.seed), report.BEGIN, report.END)
        if arguments.only in (None, "severity"):
            _write(severity.table(pool, arguments.draws, arguments.seed), severity.BEGIN, severity.END)
        if arguments.only in (None, "attribution"):
            _write(attribution.tables(pool, arguments.samples, arguments.seed), attribution.BEGIN, attribution.END)
        if arguments.only in (None, "charts"):
            _write(charts.table(pool, arguments.samples, arguments.seed), charts.BEGIN, charts.END)
        if arguments.only in (None, "agreement"):
            _write(agreement_tables(_study(pool, designs(), arguments.samples, arguments.seed)), *MARKERS)
        if arguments.only in (None, "agreement", "scales"):
            _write(scale_tables(_study(pool, scale_designs(), arguments.samples, arguments.seed)), *SCALE_MARKERS)


def _measure_all(pool: Executor, jobs: Sequence[Job], seed: int) -> str:
    return report.tables(list(pool.map(_measure, jobs, range(seed, seed + len(jobs)))))


def _write(measured: str, begin: str, end: str) -> None:
    sys.stdout.write(measured + "\n")
    PAGE.write_text(report.with_measured(PAGE.read_text(), measured, begin, end))


def _study(pool: Executor, jobs: Sequence[Design], samples: int, seed: int) -> list[AgreementResult]:
    return list(pool.map(study_agreement, jobs, repeat(samples), range(seed, seed + len(jobs))))


def _jobs(draws: int) -> list[Job]:
    designs = (("days", daily), ("month", monthly), ("days, late calls", daily_with_late_calls))
    return [
        *(Job(windows, frames, rate, draws) for windows, frames in designs for rate in RATES),
        Job("days, nonresponse", daily, "0.03", draws, response_by_quality),
        Job("days, nonresponse ignored", daily, "0.03", draws, response_by_quality, adjusted=False),
        Job("days, late evaluations", daily, "0.03", draws, late_evaluations),
        Job("two plans", two_plans, "0.03", draws),
        Job("days of one week", daily, "0.03", draws, centre=make_week),
    ]


def _measure(job: Job, seed: int) -> Result:
    centre = job.centre()
    response = job.response(centre) if job.response else None
    frames = job.frames(centre, job.rate)
    measured = study(centre, frames, job.draws, seed=seed, response=response, adjusted=job.adjusted)
    return Result(job.windows, job.rate, measured)


if __name__ == "__main__":
    main()
