"""The coverage of the intervals of agreement as the table of docs/validation.md."""

from collections.abc import Sequence

from app.statistics.agreement import STANDARD, Coefficient
from validation.agreement import METHODS, SCALE_COEFFICIENTS, AgreementResult, Covered, Design

MARKERS = "<!-- agreement -->", "<!-- /agreement -->"
SCALE_MARKERS = "<!-- agreement on scales -->", "<!-- /agreement on scales -->"
LEAST = 0.93
_NAMES = {
    Coefficient.PERCENT: "Percent",
    Coefficient.GWET_AC: "AC1",
    Coefficient.FLEISS_KAPPA: "Fleiss' kappa",
    Coefficient.KRIPPENDORFF_ALPHA: "Krippendorff's alpha",
}
_HEADINGS = "| raters err | units | raters | good | truth | {} | width | no coefficient | no bootstrap interval |"
_SCALE_HEADINGS = "| raters err | units | top | truth | {} |"


def agreement_tables(results: Sequence[AgreementResult]) -> str:
    """One table for each coefficient."""
    return "\n\n".join(_table(place, results) for place in range(len(STANDARD)))


def scale_tables(results: Sequence[AgreementResult]) -> str:
    """One table for each coefficient at each level."""
    return "\n\n".join(
        _scale_table(place, name, [result for result in results if result.design.level is level])
        for level in dict.fromkeys(result.design.level for result in results)
        for place, name in enumerate(SCALE_COEFFICIENTS)
    )


def _scale_table(place: int, name: Coefficient, results: Sequence[AgreementResult]) -> str:
    title = "AC2" if name is Coefficient.GWET_AC else _NAMES[name]
    headings = _SCALE_HEADINGS.format(" | ".join(METHODS))
    rule = "|---" * (headings.count("|") - 1) + "|"
    lines = [_scale_line(result.design, result.rows[place]) for result in results]
    return "\n".join([f"### {title}, {results[0].design.level}", headings, rule, *lines])


def _scale_line(design: Design, row: Covered) -> str:
    figures = (f"{_coverage(share)}, {width:.2f}" for share, width in zip(row.coverage, row.widths, strict=True))
    cells = design.raters, str(design.n_units), f"{100 * design.good:.0f} %", f"{row.truth:.2f}", *figures
    return f"| {' | '.join(cells)} |"


def _table(place: int, results: Sequence[AgreementResult]) -> str:
    headings = _HEADINGS.format(" | ".join(METHODS))
    rule = "|---" * (headings.count("|") - 1) + "|"
    lines = [_line(result.design, result.rows[place]) for result in results]
    return "\n".join([f"### {_NAMES[STANDARD[place]]}", headings, rule, *lines])


def _line(design: Design, row: Covered) -> str:
    no_coefficient, *_, no_bootstrap = row.missing
    cells = (
        _kind(design),
        str(design.n_units),
        str(design.n_raters),
        f"{100 * design.good:.0f} %",
        f"{row.truth:.2f}",
        *map(_coverage, row.coverage),
        f"{row.widths[0]:.2f}",
        f"{100 * no_coefficient:.0f} %",
        f"{100 * no_bootstrap:.0f} %",
    )
    return f"| {' | '.join(cells)} |"


def _coverage(share: float) -> str:
    """In percent, bold if it misses the goal. Few units have few possible results, which makes more inevitable."""
    return f"{100 * share:.1f} %" if share >= LEAST else f"**{100 * share:.1f} %**"


def _kind(design: Design) -> str:
    if design.items_per_call > 1:
        return f"{design.raters}, {design.items_per_call} units a call"
    return f"{design.raters}, weighted" if design.weighted else design.raters
