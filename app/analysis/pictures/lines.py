"""Pictures over time, and the funnel: trend, control chart, agents against the sizes of their samples."""

from collections.abc import Iterable, Sequence
from math import nan
from typing import Any

from app.analysis.pictures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    SMALL,
    VERMILLION,
    heading,
    legend,
    number_axis,
    short,
    tidy,
    time_labels,
)
from app.analysis.pictures.types import ControlChart, Funnel, Trend
from app.analysis.pictures.words import axis_number, word
from app.calibration.results.sentences import Language

# So many agents outside the limits are named, the farthest first; more names would cover each other.
MOST_NAMED = 10
MOST_CHANGES = 8


def draw_trend(figure: Any, picture: Trend, language: Language) -> None:
    axes = figure.subplots()
    places = range(len(picture.labels))
    lows, highs = _numbers(picture.lows), _numbers(picture.highs)
    band = {"color": SKY, "alpha": 0.35, "hatch": "..", "edgecolor": BLUE, "linewidth": 0.4}
    axes.fill_between(places, lows, highs, label=word("interval", language), **band)
    # A period between two without a figure has no band that can be seen.
    axes.vlines(places, lows, highs, color=BLUE, linewidth=0.8)
    values = _numbers(picture.values)
    axes.plot(places, values, "o-", color=BLACK, markersize=4.5, linewidth=1.4, label=word("figure", language))
    time_labels(axes, picture.labels)
    number_axis(axes.yaxis, picture.quantity, language)
    if picture.scale is not None:
        axes.set_ylim(*picture.scale)
    tidy(axes, "y")
    heading(figure, picture)
    legend(figure)


def draw_control_chart(figure: Any, picture: ControlChart, language: Language) -> None:
    axes = figure.subplots()
    places = range(len(picture.labels))
    values = _numbers(picture.values)
    step = {"where": "mid", "linewidth": 1.1}
    axes.step(places, _numbers(picture.centre), color=GREEN, label=word("centre", language), **step)
    limit = {"color": VERMILLION, "linestyle": "--", "label": word("limit", language), **step}
    axes.step(places, _numbers(picture.upper), **limit)
    axes.step(places, _numbers(picture.lower), **limit)
    axes.plot(places, values, "o-", color=BLACK, markersize=4, linewidth=0.9, label=word("point", language))
    if any(average is not None for average in picture.ewma):
        average = _numbers(picture.ewma)
        axes.plot(places, average, ":", color=BLUE, linewidth=1.8, label=word("ewma", language))
    signalled = [place for place in places if picture.signals[place]]
    if signalled:
        look = {"markersize": 9, "markerfacecolor": "none", "markeredgewidth": 1.6, "color": VERMILLION}
        marks = [values[place] for place in signalled]
        axes.plot(signalled, marks, "s", label=word("signal", language), **look)
    _changes(axes, picture, language)
    time_labels(axes, picture.labels)
    number_axis(axes.yaxis, picture.quantity, language)
    tidy(axes, "y")
    heading(figure, picture, *_rules(picture, language))
    legend(figure)


def _rules(picture: ControlChart, language: Language) -> list[str]:
    """Which rules gave signals, and at how many points."""
    names = [name for of_point in picture.signals for name in of_point]
    found = [f"{name} × {names.count(name)}" for name in dict.fromkeys(names)]
    return [f"{word('signal', language)}: {'; '.join(found)}"] if found else []


def _changes(axes: Any, picture: ControlChart, language: Language) -> None:
    """Vertical lines with numbers; what they mean is written below the axis."""
    for number, (place, _) in enumerate(picture.changes, start=1):
        axes.axvline(place - 0.5, color=ORANGE, linewidth=1.4, linestyle="-.", label=word("changed", language))
        level = 1.0 - 0.06 * (number % 3)
        look = {"fontsize": SMALL, "ha": "center", "va": "top", "color": BLACK}
        box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": ORANGE, "linewidth": 0.8}
        axes.text(place - 0.5, level, str(number), transform=axes.get_xaxis_transform(), bbox=box, **look)
    if picture.changes:
        told = [f"{number}: {short(text, 90, 1)}" for number, (_, text) in enumerate(picture.changes, start=1)]
        more = ["…"] if len(told) > MOST_CHANGES else []
        axes.set_xlabel("\n".join([*told[:MOST_CHANGES], *more]), fontsize=SMALL, loc="left")


def draw_funnel(figure: Any, picture: Funnel, language: Language) -> None:
    axes = figure.subplots()
    for low, high, style, color, name in (
        (picture.low_95, picture.high_95, "--", BLUE, "limit_95"),
        (picture.low_998, picture.high_998, "-", VERMILLION, "limit_998"),
    ):
        for limit in (low, high):
            look = {"linestyle": style, "color": color, "linewidth": 1.2, "label": word(name, language)}
            axes.plot(picture.limit_sizes, limit, **look)
    if picture.centre is not None:
        axes.axhline(picture.centre, color=GREY, linewidth=1.2, label=word("centre", language))
    inside = [index for index, out in enumerate(picture.outside) if not out]
    outside = [index for index, out in enumerate(picture.outside) if out]
    points = (("inside", inside, "o", BLACK, 4), ("outside", outside, "D", VERMILLION, 6))
    for name, indexes, marker, color, size in points:
        if indexes:
            x, y = [picture.sizes[index] for index in indexes], [picture.values[index] for index in indexes]
            axes.plot(x, y, marker, color=color, markersize=size, label=word(name, language))
    named = _farthest(picture, outside)
    _name_points(axes, picture, named, language)
    axes.set_xlabel(word("size", language), fontsize=SMALL + 1)
    number_axis(axes.yaxis, picture.quantity, language)
    tidy(axes, "both")
    some = word("some_named", language, shown=len(named), count=len(outside))
    heading(figure, picture, some if len(named) < len(outside) else "")
    legend(figure)


def _farthest(picture: Funnel, outside: Sequence[int]) -> list[int]:
    centre = picture.centre or 0.0
    return sorted(outside, key=lambda index: -abs(picture.values[index] - centre))[:MOST_NAMED]


def _name_points(axes: Any, picture: Funnel, named: Sequence[int], language: Language) -> None:
    """A number on each point, and the names in a list at the right: names on the points would cover each other."""
    write = axis_number(picture.quantity, language)
    lines = []
    for number, index in enumerate(named, start=1):
        x, y = picture.sizes[index], picture.values[index]
        axes.plot(x, y, "D", color=VERMILLION, markersize=11)
        axes.text(x, y, str(number), color="white", fontsize=6.5, fontweight="bold", ha="center", va="center_baseline")
        lines.append(f"{number}  {short(picture.labels[index], 30, 1)}: {write(round(y, 3))}")
    axes.text(1.02, 1.0, "\n".join(lines), transform=axes.transAxes, fontsize=SMALL, va="top", linespacing=1.6)


def _numbers(values: Iterable[float | None]) -> list[float]:
    return [nan if value is None else value for value in values]
