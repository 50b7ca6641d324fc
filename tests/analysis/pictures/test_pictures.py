"""Pictures from plain numbers: with little, much and no data, in both languages, without labels over each other."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from app.analysis.pictures import (
    ControlChart,
    Funnel,
    Pareto,
    Picture,
    Quantity,
    Trend,
    Whiskers,
    draw,
    is_empty,
    short,
    trend_by_week,
)
from app.analysis.pictures.bars import LEAST_ROWS, MOST_GROUPS, draw_pareto, draw_whiskers
from app.analysis.pictures.draw import proper_size
from app.analysis.pictures.lines import MOST_NAMED, draw_control_chart, draw_funnel, draw_trend
from app.calibration import Language
from app.statistics import Estimate

EN, RU = Language.ENGLISH, Language.RUSSIAN
NAME = "Константинопольский-Задунайский Александр Вениаминович {}"
TITLE = "Предложено верное решение вопроса клиента по актуальной статье базы знаний с проверкой понимания {}"
HEADING = ("Название", "1 ноября 2026 – 30 ноября 2026 (UTC)")


def whiskers(count: int, *, in_time: bool = False) -> Whiskers:
    values = [60.0 + 35 * (place % 7) / 7 for place in range(count)]
    return Whiskers(
        *HEADING,
        Quantity.POINTS,
        [f"2026-W{place + 1}" if in_time else NAME.format(place) for place in range(count)],
        values,
        [None if place == 1 else value - 4 for place, value in enumerate(values)],
        [None if place == 1 else value + 3 for place, value in enumerate(values)],
        list(range(1, count + 1)),
        total=75.0 if count else None,
        in_time=in_time,
    )


def in_time(count: int) -> Whiskers:
    return whiskers(count, in_time=True)


def trend(count: int) -> Trend:
    values = [None if place == 2 else 0.3 + 0.4 * (place % 5) / 5 for place in range(count)]
    lows, highs = ([None if value is None else value + step for value in values] for step in (-0.1, 0.1))
    return Trend(*HEADING, Quantity.SHARE, [f"2026-W{place + 1}" for place in range(count)], values, lows, highs)


def pareto(count: int) -> Pareto:
    errors = [100.0 / (place + 1) for place in range(count)]
    thirds = [number / 3 for number in errors]
    return Pareto(*HEADING, [TITLE.format(place) for place in range(count)], thirds, thirds, thirds)


def funnel(count: int) -> Funnel:
    sizes = [3.0 + place for place in range(count)]
    outside = [place % 3 == 0 for place in range(count)]
    limits = [20.0, 60.0]
    return Funnel(
        *HEADING,
        Quantity.SHARE,
        [NAME.format(place) for place in range(count)],
        sizes,
        [0.9 - place / 1000 if out else 0.2 for place, out in enumerate(outside)],
        outside,
        0.2 if count else None,
        limits,
        *([0.1, 0.15], [0.3, 0.25], [0.05, 0.1], [0.35, 0.3]),
    )


def control_chart(count: int) -> ControlChart:
    return ControlChart(
        *HEADING,
        Quantity.SHARE,
        [f"2026-11-{place + 1}" for place in range(count)],
        [0.2 + 0.01 * (place % 4) for place in range(count)],
        [0.2] * count,
        [0.1 + 0.01 * (place % 2) for place in range(count)],
        [0.3 - 0.01 * (place % 2) for place in range(count)],
        [("Точка за границей",) if place % 9 == 4 else () for place in range(count)],
        [0.2] * count,
        [(place, TITLE.format(place)) for place in range(1, min(count, 12))],
    )


MAKERS: dict[str, Callable[[int], Picture]] = {
    "whiskers": whiskers,
    "in_time": in_time,
    "trend": trend,
    "pareto": pareto,
    "funnel": funnel,
    "control_chart": control_chart,
}
EVERY_PICTURE = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def texts(picture: Picture, language: Language = RU) -> list[str]:
    """All texts of the picture, as a reader of the SVG finds them."""
    root = ElementTree.fromstring(draw(picture, language, "svg"))
    return ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


@EVERY_PICTURE
@pytest.mark.parametrize("language", Language)
class TestEveryPicture:
    @pytest.mark.parametrize("count", [1, 2, 40])
    def test_it_has_its_heading_and_a_legend(
        self, make: Callable[[int], Picture], count: int, language: Language
    ) -> None:
        found = texts(make(count), language)
        assert set(HEADING) <= set(found)
        english = {"95 % interval", "95 % limits", "Control limits", "Cumulative share"}
        russian = {"95 %-интервал", "Границы 95 %", "Контрольные границы", "Накопленная доля"}
        assert set(found) & (russian if language is RU else english)
        assert not set(found) & (english if language is RU else russian)

    def test_without_data_it_says_so(self, make: Callable[[int], Picture], language: Language) -> None:
        assert is_empty(make(0))
        assert not is_empty(make(1))
        none = {EN: "No data for this period and these filters", RU: "За этот период с этими фильтрами данных нет"}
        assert none[language] in texts(make(0), language)
        assert draw(make(0), language, "png").startswith(b"\x89PNG")

    def test_the_same_picture_is_the_same_file(self, make: Callable[[int], Picture], language: Language) -> None:
        for file_format in ("svg", "png"):
            assert draw(make(3), language, file_format) == draw(make(3), language, file_format)

    def test_its_size_is_sane(self, make: Callable[[int], Picture], language: Language) -> None:
        for count in (0, 1, 40, 500):
            width, height = proper_size(make(count))
            assert 8 <= width <= 12
            assert 3 <= height <= 25


def drawn(draw_on: Callable[[Any, Any, Language], None], picture: Picture) -> Any:
    figure = Figure(figsize=proper_size(picture), layout="constrained")
    draw_on(figure, picture, RU)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return figure


def boxes(labels: list[Any]) -> Iterator[tuple[float, float, float, float]]:
    for label in labels:
        if label.get_text():
            yield label.get_window_extent().extents


class TestLabels:
    @pytest.mark.parametrize(
        ("draw_on", "picture"),
        [(draw_whiskers, whiskers(40)), (draw_whiskers, whiskers(200)), (draw_pareto, pareto(40))],
        ids=["40 agents", "200 agents", "40 items"],
    )
    def test_rows_do_not_cover_each_other(self, draw_on: Any, picture: Picture) -> None:
        figure = drawn(draw_on, picture)
        found = sorted(boxes(figure.axes[0].get_yticklabels()), key=lambda box: -box[1])
        assert len(found) >= 25
        for above, below in pairwise(found):
            assert below[3] <= above[1]
        assert all(box[0] >= 0 for box in found)

    @pytest.mark.parametrize(
        ("draw_on", "picture"),
        [(draw_whiskers, in_time(60)), (draw_trend, trend(53)), (draw_control_chart, control_chart(90))],
        ids=["60 weeks", "53 weeks", "90 days"],
    )
    def test_times_have_room(self, draw_on: Any, picture: Picture) -> None:
        figure = drawn(draw_on, picture)
        labels = [label for label in figure.axes[0].get_xticklabels() if label.get_text()]
        places = [label.get_position()[0] for label in labels]
        left, right = figure.axes[0].get_window_extent().extents[[0, 2]]
        low, high = figure.axes[0].get_xlim()
        between = min(after - before for before, after in pairwise(places)) * (right - left) / (high - low)
        # They are turned by 45 degrees: lines of this height need so much room.
        assert between >= labels[0].get_fontsize() * figure.dpi / 72 * 1.4

    def test_names_of_the_funnel_are_beside_it(self) -> None:
        figure = drawn(draw_funnel, funnel(60))
        (axes,) = figure.axes
        (names,) = [text for text in axes.texts if "\n" in text.get_text()]
        assert names.get_text().count("\n") == MOST_NAMED - 1
        assert names.get_window_extent().x0 >= axes.get_window_extent().x1
        assert names.get_window_extent().x1 <= figure.bbox.x1

    def test_long_texts_are_cut(self) -> None:
        assert short("a" * 200).count("\n") == 1
        assert max(map(len, short(TITLE * 3).splitlines())) <= 38
        assert short("one two", 40, 1) == "one two"
        assert short("a\nb\x00c", 40, 1) == "a b c"
        assert short("", 40) == ""


class TestContents:
    def test_of_too_many_groups_the_lowest_and_highest_are_shown(self) -> None:
        found = texts(whiskers(200))
        assert f"Показано групп: {MOST_GROUPS} из 200, с самыми низкими и самыми высокими оценками" in found

    def test_few_rows_leave_room(self) -> None:
        (axes, *_) = drawn(draw_pareto, pareto(1)).axes
        assert axes.get_ylim()[0] == LEAST_ROWS - 0.4

    def test_items_come_largest_first_and_the_others_are_counted(self) -> None:
        picture = pareto(30)
        figure = drawn(draw_pareto, picture)
        labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        assert len(labels) == picture.most
        assert labels[0] == short(TITLE.format(0))
        assert "ещё 5 – с меньшим числом ошибок" in figure.axes[0].get_title("left")
        shares = figure.axes[1].lines[0].get_xdata()
        assert shares[0] == pytest.approx(100 / sum(picture.totals))
        assert shares[-1] < 1

    def test_causes_differ_without_colour(self) -> None:
        figure = drawn(draw_pareto, pareto(3))
        hatches = {bars[0].get_hatch() for bars in figure.axes[0].containers}
        assert len(hatches) == 3

    def test_agents_outside_differ_without_colour(self) -> None:
        lines = drawn(draw_funnel, funnel(6)).axes[0].lines
        markers = {line.get_label(): line.get_marker() for line in lines}
        assert markers["Операторы в пределах"] != markers["Операторы за границами 99,8 %"]
        styles = {line.get_label(): line.get_linestyle() for line in lines}
        assert styles["Границы 95 %"] != styles["Границы 99,8 %"]

    def test_a_signal_is_marked_and_its_rule_named(self) -> None:
        found = texts(control_chart(30))
        assert "Сигнал: Точка за границей × 3" in found
        assert any(text.startswith("1: Предложено") for text in found)

    def test_a_week_without_a_figure_parts_the_line(self) -> None:
        weeks = {"2026-W52": Estimate(0.5, 0.4, 0.6), "2027-W02": Estimate(0.6, 0.5, 0.7)}
        picture = trend_by_week(Quantity.SHARE, weeks)
        assert picture.labels == ["2026-W52", "2026-W53", "2027-W01", "2027-W02"]
        assert picture.values == [0.5, None, None, 0.6]
        assert is_empty(trend_by_week(Quantity.SHARE, {}))

    def test_the_axis_shows_the_whole_scale_on_request(self) -> None:
        picture = trend_by_week(Quantity.SHARE, {"2026-W52": Estimate(0.5, 0.4, 0.6)}, scale=(0.0, 1.0))
        assert drawn(draw_trend, picture).axes[0].get_ylim() == (0.0, 1.0)

    def test_decimals_are_those_of_the_language(self) -> None:
        picture = Trend(*HEADING, Quantity.POINTS, ["1", "2"], [81.0, 81.9], [81.0, 81.5], [81.2, 82.0])
        numbers = [text for text in texts(picture) if re.fullmatch(r"\d+[.,]\d+", text)]
        assert numbers
        assert all("," in number for number in numbers)
        assert not any("," in text for text in texts(picture, EN) if re.fullmatch(r"\d+[.,]\d+", text))
