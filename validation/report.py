"""The measurements as the tables of docs/validation.md."""

from collections.abc import Sequence
from dataclasses import dataclass

from validation.study import Row, Study

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
GOAL = (0.93, 0.98)
# The factor of each quantity in the tables: shares are in percentage points, totals in percent of the true total.
_SCALES = {"share of failures": 100, "number of errors": 100, "number of errors, known number of calls": 100}
_HEADINGS = (
    "| windows | rate | mean of | covered | least covered | off by | width | naive: covered | off by | width |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Result:
    windows: str
    rate: str
    study: Study


def tables(results: Sequence[Result]) -> str:
    """One table for each quantity, and one for the frequencies of inclusion."""
    quantities = dict.fromkeys(row.quantity for result in results for row in result.study.rows)
    return "\n\n".join([*(_table(quantity, results) for quantity in quantities), _inclusions(results)])


def with_measured(page: str, measured: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with the text between the markers replaced. Raises ValueError if there are no markers."""
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"the page has no {begin} and {end}")
    return f"{before}{begin}\n{measured}\n{end}{after}"


def _table(quantity: str, results: Sequence[Result]) -> str:
    lines = [_line(result, row) for result in results for row in result.study.rows if row.quantity == quantity]
    return "\n".join([f"### {quantity.capitalize()}", _HEADINGS, *lines])


def _line(result: Result, row: Row) -> str:
    scale = _SCALES.get(row.quantity, 1)
    cells = (
        result.windows,
        _percent(float(result.rate), 0),
        row.level,
        _coverage(row.coverage),
        _percent(row.lowest),
        f"{scale * row.bias:+.2f}",
        f"{scale * row.width:.2f}",
        _percent(row.naive_coverage),
        f"{scale * row.naive_bias:+.2f}",
        f"{scale * row.naive_width:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def _coverage(share: float) -> str:
    return _percent(share) if GOAL[0] <= share <= GOAL[1] else f"**{_percent(share)}**"


def _percent(share: float, decimals: int = 1) -> str:
    return f"{100 * share:.{decimals}f} %"


def _inclusions(results: Sequence[Result]) -> str:
    lines = [
        f"| {result.windows} | {_percent(float(result.rate), 0)} | {result.study.inclusion_z:+.2f} |"
        for result in results
    ]
    return "\n".join(["### Frequencies of inclusion", "| windows | rate | z |", "|---|---|---|", *lines])
