"""How pictures of reports look: colours that the colour-blind tell apart, labels that fit, and pictures without data.

No colour stands alone: areas differ in hatching and points in shape, so that a black-and-white print can be read.
The colours are those of Okabe and Ito (Color Universal Design, 2008).
"""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from app.analysis.pictures.types import Picture, Quantity
from app.analysis.pictures.words import axis_name, axis_number, word
from app.calibration.results.sentences import Language
from app.calibration.results.texts import printable

BLACK, GREY = "#000000", "#999999"
BLUE, SKY, ORANGE, VERMILLION, GREEN = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#009E73"

WIDTH = 9.0
SMALL = 8
# A label has two lines of so many letters at most.
LINE, LINES = 38, 2
# So many labels stand under an axis; of more, every second or third has one.
MOST_TICKS = 16


def short(text: str, line: int = LINE, lines: int = LINES) -> str:
    """The text in a few short lines, cut where it does not fit."""
    if lines == 1:
        whole = printable(text)
        return whole if len(whole) <= line else f"{whole[: line - 1].rstrip()}…"
    # A word may be longer than the line.
    broken = wrap(printable(text), line, break_long_words=True) or [""]
    if len(broken) <= lines:
        return "\n".join(broken)
    last = broken[lines - 1]
    return "\n".join([*broken[: lines - 1], f"{last[: line - 1].rstrip()}…"])


def heading(figure: Any, picture: Picture, *notes: str) -> None:
    """The title if there is one, and below it the caption and notes."""
    below = [line for text in (picture.caption, *notes) if text for line in wrap(printable(text), 105)]
    if picture.title:
        figure.suptitle(short(picture.title, 70), fontsize=12, fontweight="bold", x=0.01, ha="left")
    if below:
        figure.axes[0].set_title("\n".join(below), fontsize=SMALL, loc="left", color="#444444")


def no_data(figure: Any, picture: Picture, language: Language) -> None:
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, word("no_data", language), ha="center", va="center", fontsize=11, transform=axes.transAxes)
    heading(figure, picture)


def number_axis(axis: Any, quantity: Quantity, language: Language) -> None:
    axis.set_label_text(axis_name(quantity, language), fontsize=SMALL + 1)
    axis.set_major_formatter(axis_number(quantity, language))


def tidy(axes: Any, grid: str) -> None:
    axes.tick_params(labelsize=SMALL)
    axes.grid(axis=grid, color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def time_labels(axes: Any, labels: Sequence[str]) -> None:
    """Labels under the points of a time axis, as many as fit."""
    step = -(-len(labels) // MOST_TICKS)
    places = range(0, len(labels), max(step, 1))
    turned = len(labels) > 6
    axes.set_xticks(
        list(places),
        [short(labels[place], 16, 1) for place in places],
        rotation=45 if turned else 0,
        ha="right" if turned else "center",
    )
    axes.set_xlim(-0.5, len(labels) - 0.5)


def legend(figure: Any) -> None:
    """The legend below everything, so that it covers no point."""
    handles, labels = [], []
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            if label not in labels:
                handles.append(handle)
                labels.append(label)
    columns = len(labels) if len(labels) <= 4 else 3
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=SMALL, frameon=False)
