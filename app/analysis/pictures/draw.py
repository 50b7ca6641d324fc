"""Pictures of reports as SVG and PNG."""

from typing import Any

from app.analysis.pictures.bars import LEAST_ROWS, draw_pareto, draw_whiskers, rows_of_pareto, rows_of_whiskers
from app.analysis.pictures.lines import draw_control_chart, draw_funnel, draw_trend
from app.analysis.pictures.style import WIDTH, no_data
from app.analysis.pictures.types import ControlChart, Funnel, Pareto, Picture, Trend, Whiskers
from app.calibration.results.drawing import PictureFormat, draw_picture
from app.calibration.results.sentences import Language

# In inches: of a picture over time, and of one with rows, which has the frame and so much for each row.
_HEIGHT = 4.6
_FRAME, _ROW = 2.1, 0.36


def draw(
    picture: Picture, language: Language, file_format: PictureFormat, size: tuple[float, float] | None = None
) -> bytes:
    """The picture; one without data says so.

    size: width and height in inches. By default as large as the picture needs it.
    """

    def on(figure: Any) -> None:
        if is_empty(picture):
            no_data(figure, picture, language)
        else:
            _draw_on(figure, picture, language)

    return draw_picture(size or proper_size(picture), file_format, on)


def proper_size(picture: Picture) -> tuple[float, float]:
    """Width and height in inches."""
    rows = _rows(picture)
    return WIDTH, _HEIGHT if rows == 0 else _FRAME + _ROW * max(rows, LEAST_ROWS)


def is_empty(picture: Picture) -> bool:
    match picture:
        case Whiskers() | Funnel():
            return not picture.values
        case Pareto():
            return not any(picture.totals)
        case Trend() | ControlChart():
            return all(value is None for value in picture.values)


def _rows(picture: Picture) -> int:
    match picture:
        case Whiskers():
            return rows_of_whiskers(picture)
        case Pareto():
            return rows_of_pareto(picture)
        case _:
            return 0


def _draw_on(figure: Any, picture: Picture, language: Language) -> None:
    match picture:
        case Whiskers():
            draw_whiskers(figure, picture, language)
        case Pareto():
            draw_pareto(figure, picture, language)
        case Trend():
            draw_trend(figure, picture, language)
        case Funnel():
            draw_funnel(figure, picture, language)
        case ControlChart():
            draw_control_chart(figure, picture, language)
