"""Pictures with a row for each group: whiskers and Pareto."""

from typing import Any

from app.analysis.pictures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    heading,
    legend,
    number_axis,
    short,
    tidy,
    time_labels,
)
from app.analysis.pictures.types import Pareto, Whiskers
from app.analysis.pictures.words import word
from app.calibration.results.sentences import Language

# More groups make a picture longer than a page.
MOST_GROUPS = 60
# With fewer rows the picture has room left, so that no bar is as high as the picture.
LEAST_ROWS = 4
_LOOKS = {"process": (BLUE, "//"), "agent": (ORANGE, ".."), "other": (GREY, ""), "rest": (ORANGE, "..")}


def draw_whiskers(figure: Any, picture: Whiskers, language: Language) -> None:
    """A point and its interval for each group; one below the other, or side by side in time."""
    axes = figure.subplots()
    if picture.in_time:
        _whiskers_in_time(axes, picture, language)
        heading(figure, picture, word("calls_behind", language))
    else:
        shown = _extremes(picture)
        _whiskers_in_rows(axes, picture, shown, language)
        some = word("some_shown", language, shown=len(shown), count=len(picture.labels))
        heading(figure, picture, word("calls_behind", language), some if len(shown) < len(picture.labels) else "")
    legend(figure)


def rows_of_whiskers(picture: Whiskers) -> int:
    return 0 if picture.in_time else min(len(picture.labels), MOST_GROUPS)


def _extremes(picture: Whiskers) -> list[int]:
    """The indexes of the groups that fit, in the order given: of too many, the lowest and the highest half."""
    count = len(picture.labels)
    if count <= MOST_GROUPS:
        return list(range(count))
    ranked = sorted(range(count), key=lambda index: picture.values[index])
    return sorted((*ranked[: MOST_GROUPS // 2], *ranked[-MOST_GROUPS // 2 :]))


def _whiskers_in_rows(axes: Any, picture: Whiskers, shown: list[int], language: Language) -> None:
    for row, index in enumerate(shown):
        low, high = picture.lows[index], picture.highs[index]
        if low is not None and high is not None:
            axes.hlines(row, low, high, color=BLUE, linewidth=1.6, label=word("interval", language))
            axes.plot([low, high], [row, row], "|", color=BLUE, markersize=6)
    values = [picture.values[index] for index in shown]
    axes.plot(values, range(len(shown)), "o", color=BLACK, markersize=4.5, label=word("figure", language))
    if picture.total is not None:
        axes.axvline(picture.total, color=VERMILLION, linestyle="--", linewidth=1.2, label=word("total", language))
    labels = [f"{short(picture.labels[index])} ({picture.counts[index]})" for index in shown]
    axes.set_yticks(range(len(shown)), labels)
    axes.set_ylim(max(len(shown), LEAST_ROWS) - 0.4, -0.6)
    number_axis(axes.xaxis, picture.quantity, language)
    tidy(axes, "x")


def _whiskers_in_time(axes: Any, picture: Whiskers, language: Language) -> None:
    for place, (low, high) in enumerate(zip(picture.lows, picture.highs, strict=True)):
        if low is not None and high is not None:
            axes.vlines(place, low, high, color=BLUE, linewidth=1.6, label=word("interval", language))
            axes.plot([place, place], [low, high], "_", color=BLUE, markersize=6)
    places = range(len(picture.values))
    axes.plot(places, picture.values, "o-", color=BLACK, markersize=4.5, linewidth=0.9, label=word("figure", language))
    if picture.total is not None:
        axes.axhline(picture.total, color=VERMILLION, linestyle="--", linewidth=1.2, label=word("total", language))
    labels = [f"{label} ({count})" for label, count in zip(picture.labels, picture.counts, strict=True)]
    time_labels(axes, labels)
    number_axis(axes.yaxis, picture.quantity, language)
    tidy(axes, "y")


def draw_pareto(figure: Any, picture: Pareto, language: Language) -> None:
    """Stacked bars by cause, the longest first, and the cumulative share as a line."""
    axes = figure.subplots()
    order = _largest_first(picture)
    shown = order[: picture.most]
    left = [0.0] * len(shown)
    for name, numbers in picture.causes:
        color, hatch = _LOOKS[name]
        widths = [numbers[index] for index in shown]
        look = {"color": color, "hatch": hatch, "edgecolor": "white", "linewidth": 0.5}
        axes.barh(range(len(shown)), widths, left=left, label=word(name, language), **look)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    _cumulative_line(axes, picture, shown, language)
    axes.set_yticks(range(len(shown)), [short(picture.labels[index]) for index in shown])
    axes.set_ylim(max(len(shown), LEAST_ROWS) - 0.4, -0.6)
    axes.set_xlabel(word("errors", language), fontsize=9)
    tidy(axes, "x")
    others = len(order) - len(shown)
    heading(figure, picture, word("others", language, count=others) if others else "")
    legend(figure)


def rows_of_pareto(picture: Pareto) -> int:
    return min(len(_largest_first(picture)), picture.most)


def _largest_first(picture: Pareto) -> list[int]:
    """The indexes of the items with errors."""
    totals = picture.totals
    return sorted((index for index, total in enumerate(totals) if total > 0), key=lambda index: -totals[index])


def _cumulative_line(axes: Any, picture: Pareto, shown: list[int], language: Language) -> None:
    totals, reached = picture.totals, 0.0
    whole = sum(totals)
    shares = []
    for index in shown:
        reached += totals[index]
        shares.append(reached / whole)
    above = axes.twiny()
    look = {"color": BLACK, "markersize": 5, "markeredgecolor": "white", "linewidth": 0.9}
    above.plot(shares, range(len(shown)), "D-", label=word("cumulative", language), **look)
    above.set_xlim(0, 1.04)
    above.xaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    above.tick_params(labelsize=8)
    above.spines[["right"]].set_visible(False)
