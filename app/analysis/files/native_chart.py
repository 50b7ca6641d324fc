"""The picture of a report as a chart of the workbook, with its figures beside it, so that a reader can change it."""

from collections.abc import Sequence
from typing import Any

from app.analysis.files.cells import MOST_LETTERS
from app.analysis.files.words import word
from app.analysis.pictures import ControlChart, Funnel, Pareto, Picture, Quantity, Trend, Whiskers
from app.analysis.pictures.style import BLACK, BLUE, GREY, ORANGE, VERMILLION
from app.analysis.pictures.words import axis_name
from app.analysis.pictures.words import word as picture_word
from app.calibration import Language

Numbers = Sequence[float | None]
_FORMATS = {Quantity.POINTS: "0.0", Quantity.SHARE: "0.0%", Quantity.PER_CALL: "0.00"}
_WIDTH, _HEIGHT = 960, 480
_SIZED_TO_ROWS = 22
_LOOKS = {
    "process": (BLUE, "wide_upward_diagonal"),
    "agent": (ORANGE, "percent_50"),
    "other": (GREY, "solid_diamond"),
    "rest": (ORANGE, "percent_50"),
}
# The figures begin in the first row below the header.
_FIRST = 1


def add_chart(book: Any, picture: Picture, language: Language) -> None:
    """A sheet with the figures of the picture, and the chart of them."""
    name = word("chart", language)
    taken = sum(sheet.get_name().startswith(name) for sheet in book.worksheets())
    sheet = book.add_worksheet(f"{name} {taken + 1}" if taken else name)
    chart = _Chart(book, sheet, picture.title, language)
    match picture:
        case Whiskers() | Trend():
            _intervals(chart, picture)
        case Pareto():
            _pareto(chart, picture)
        case Funnel():
            _funnel(chart, picture)
        case ControlChart():
            _control_chart(chart, picture)


class _Chart:
    """Writes columns of figures, and refers to them."""

    def __init__(self, book: Any, sheet: Any, title: str, language: Language) -> None:
        self.book, self.sheet, self.title, self.language = book, sheet, title, language
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.columns = 0

    def labels(self, title: str, labels: Sequence[str]) -> list[Any]:
        self.sheet.set_column(self.columns, self.columns, 36)
        return self._column(title, [(self.sheet.write_string, (label[:MOST_LETTERS],)) for label in labels])

    def numbers(self, title: str, numbers: Numbers, shown_as: str) -> list[Any]:
        shown = self.book.add_format({"num_format": shown_as})
        self.sheet.set_column(self.columns, self.columns, 13)
        cells = [None if number is None else (self.sheet.write_number, (number, shown)) for number in numbers]
        return self._column(title, cells)

    def _column(self, title: str, cells: Sequence[Any]) -> list[Any]:
        place, self.columns = self.columns, self.columns + 1
        self.sheet.write_string(0, place, title, self.bold)
        for row, cell in enumerate(cells, start=_FIRST):
            if cell is not None:
                write, values = cell
                write(row, place, *values)
        return [self.sheet.get_name(), _FIRST, place, max(len(cells), 1) + _FIRST - 1, place]

    def insert(self, chart: Any, *, rows: int = 0) -> None:
        chart.set_title({"name": self.title, "name_font": {"size": 13}, "overlay": False})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": _WIDTH, "height": max(_HEIGHT, 140 + _SIZED_TO_ROWS * rows)})
        self.sheet.freeze_panes(1, 1)
        self.sheet.insert_chart(1, self.columns + 1, chart)


def _intervals(chart: _Chart, picture: Whiskers | Trend) -> None:
    """Points or bars with their intervals as error bars."""
    language, shown_as = chart.language, _FORMATS[picture.quantity]
    in_time = isinstance(picture, Trend) or picture.in_time
    labels = chart.labels(word("group", language), picture.labels)
    values = chart.numbers(picture_word("figure", language), picture.values, shown_as)
    chart.numbers(word("low", language), picture.lows, shown_as)
    chart.numbers(word("high", language), picture.highs, shown_as)
    # Excel takes the lengths of error bars, not their ends.
    bars = {
        "type": "custom",
        "plus_values": _distances(picture.values, picture.highs),
        "minus_values": _distances(picture.lows, picture.values),
        "line": {"color": BLUE if in_time else BLACK, "width": 1.25},
    }
    series: dict[str, Any] = {"name": picture_word("figure", language), "categories": labels, "values": values}
    if in_time:
        drawn = chart.book.add_chart({"type": "line"})
        marker = {"type": "circle", "size": 6, "fill": {"color": BLACK}, "border": {"color": BLACK}}
        drawn.add_series(series | {"y_error_bars": bars, "marker": marker, "line": {"color": BLACK, "width": 1.25}})
        drawn.set_y_axis({"name": axis_name(picture.quantity, language), "num_format": shown_as})
        chart.insert(drawn)
        return
    drawn = chart.book.add_chart({"type": "bar"})
    drawn.add_series(series | {"x_error_bars": bars, "y_error_bars": bars, "fill": {"color": "#9CC3DD"}, "gap": 60})
    # Bars grow from below; the first group is to be on top.
    drawn.set_y_axis({"reverse": True, "interval_unit": 1})
    drawn.set_x_axis({"name": axis_name(picture.quantity, language), "num_format": shown_as})
    chart.insert(drawn, rows=len(picture.labels))


def _distances(starts: Numbers, ends: Numbers) -> list[float]:
    pairs = zip(starts, ends, strict=True)
    return [0.0 if start is None or end is None else max(end - start, 0.0) for start, end in pairs]


def _pareto(chart: _Chart, picture: Pareto) -> None:
    """Columns stacked by cause, the largest first, and the line of the cumulative share."""
    language, totals = chart.language, picture.totals
    order = sorted((index for index, total in enumerate(totals) if total > 0), key=lambda index: -totals[index])
    labels = chart.labels(word("group", language), [picture.labels[index] for index in order])
    columns = chart.book.add_chart({"type": "column", "subtype": "stacked"})
    for name, numbers in picture.causes:
        color, pattern = _LOOKS[name]
        values = chart.numbers(picture_word(name, language), [numbers[index] for index in order], "#,##0.0")
        look = {"pattern": pattern, "fg_color": color, "bg_color": "#FFFFFF"}
        named = {"name": picture_word(name, language), "categories": labels, "values": values}
        columns.add_series(named | {"pattern": look, "border": {"color": color}, "gap": 40})
    reached, shares = 0.0, []
    for index in order:
        reached += totals[index]
        shares.append(reached / sum(totals))
    values = chart.numbers(picture_word("cumulative", language), shares, "0.0%")
    line = chart.book.add_chart({"type": "line"})
    line.add_series(
        {
            "name": picture_word("cumulative", language),
            "categories": labels,
            "values": values,
            "y2_axis": True,
            "line": {"color": BLACK, "width": 1.25},
            "marker": {"type": "diamond", "size": 6, "fill": {"color": BLACK}, "border": {"color": BLACK}},
        }
    )
    columns.combine(line)
    columns.set_y_axis({"name": picture_word("errors", language), "num_format": "#,##0"})
    line.set_y2_axis({"min": 0, "max": 1, "num_format": "0%"})
    chart.insert(columns)


def _funnel(chart: _Chart, picture: Funnel) -> None:
    """Agents as points, limits as lines."""
    language, shown_as = chart.language, _FORMATS[picture.quantity]
    drawn = chart.book.add_chart({"type": "scatter", "subtype": "straight"})
    chart.labels(word("group", language), picture.labels)
    sizes = chart.numbers(picture_word("size", language), picture.sizes, "0.0")
    for name, wanted, color, shape in (("inside", False, BLACK, "circle"), ("outside", True, VERMILLION, "diamond")):
        shown = [value if out is wanted else None for value, out in zip(picture.values, picture.outside, strict=True)]
        values = chart.numbers(picture_word(name, language), shown, shown_as)
        marker = {"type": shape, "size": 7, "fill": {"color": color}, "border": {"color": color}}
        named = {"name": picture_word(name, language), "categories": sizes, "values": values}
        drawn.add_series(named | {"marker": marker, "line": {"none": True}})
    places = chart.numbers(picture_word("size", language), picture.limit_sizes, "0.0")
    limits = (
        ("limit_95", picture.low_95, BLUE, "dash"),
        ("limit_95", picture.high_95, BLUE, "dash"),
        ("limit_998", picture.low_998, VERMILLION, "solid"),
        ("limit_998", picture.high_998, VERMILLION, "solid"),
    )
    for name, numbers, color, dash in limits:
        values = chart.numbers(picture_word(name, language), numbers, shown_as)
        line = {"color": color, "width": 1.25, "dash_type": dash}
        named = {"name": picture_word(name, language), "categories": places, "values": values}
        drawn.add_series(named | {"line": line, "marker": {"type": "none"}})
    drawn.set_x_axis({"name": picture_word("size", language)})
    drawn.set_y_axis({"name": axis_name(picture.quantity, language), "num_format": shown_as})
    chart.insert(drawn)


def _control_chart(chart: _Chart, picture: ControlChart) -> None:
    language, shown_as = chart.language, _FORMATS[picture.quantity]
    drawn = chart.book.add_chart({"type": "line"})
    labels = chart.labels(word("group", language), picture.labels)
    lines: tuple[tuple[str, Numbers, str, str], ...] = (
        ("point", picture.values, BLACK, "solid"),
        ("centre", picture.centre, BLUE, "solid"),
        ("limit", picture.lower, VERMILLION, "dash"),
        ("limit", picture.upper, VERMILLION, "dash"),
        ("ewma", picture.ewma, ORANGE, "round_dot"),
    )
    for name, numbers, color, dash in lines:
        if numbers:
            values = chart.numbers(picture_word(name, language), numbers, shown_as)
            marker = {"type": "circle", "size": 5, "fill": {"color": color}} if name == "point" else {"type": "none"}
            line = {"color": color, "width": 1.25, "dash_type": dash}
            named = {"name": picture_word(name, language), "categories": labels, "values": values}
            drawn.add_series(named | {"line": line, "marker": marker})
    chart.labels(picture_word("signal", language), ["; ".join(rules) for rules in picture.signals])
    drawn.set_y_axis({"name": axis_name(picture.quantity, language), "num_format": shown_as})
    chart.insert(drawn)
