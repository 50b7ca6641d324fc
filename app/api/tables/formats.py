"""The formats of answers: which one the client asks for, with `format=` or with `Accept`, and how it is written."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from app.analysis import CsvStyle, FileFormat, Locale
from app.api.context import computation
from app.calibration import Language


class TableFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class ReportFormat(StrEnum):
    """The formats of a report with a picture."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    SVG = "svg"
    PNG = "png"


class PrintFormat(StrEnum):
    """The formats of a report that is printed."""

    JSON = "json"
    PDF = "pdf"


JSON, CSV, XLSX, PARQUET, SVG, PNG, PDF = "json", "csv", "xlsx", "parquet", "svg", "png", "pdf"
MEDIA_TYPES = {str(one): one.media_type for one in FileFormat}
# What an Accept header may call JSON; the most specific comes first.
_JSON_RANGES = ("application/json", "application/*", "*/*")

_FORMAT = Query(alias="format", description="By default JSON, or what `Accept` prefers.")
_LANGUAGE = Query(
    description="Of titles, words and sentences. By default English; a CSV file then has names of columns in its "
    "header, as Parquet always has."
)
_LOCALE = Query(
    description="How a CSV file writes decimals and separates its values: all but `en` with a decimal comma and a "
    "semicolon. Other formats ignore it."
)
_BOM = Query(description="Whether a CSV file begins with a byte order mark, as Excel needs it. Others ignore it.")


@dataclass(frozen=True, slots=True)
class WantedFormat:
    """How an answer is written. `admission`: the right to compute something slow."""

    format: str
    language: Language
    csv: CsvStyle
    admission: Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class _Style:
    language: Language | None
    csv: CsvStyle
    accept: str
    admission: Callable[[], AbstractAsyncContextManager[None]]

    def of(self, wanted: StrEnum | None, formats: Iterable[StrEnum]) -> WantedFormat:
        chosen = str(wanted or _accepted(self.accept, map(str, formats)))
        return WantedFormat(chosen, self.language or Language.ENGLISH, self.csv, self.admission)


async def _style(
    request: Request,
    language: Annotated[Language | None, _LANGUAGE] = None,
    locale: Annotated[Locale, _LOCALE] = Locale.EN,
    bom: Annotated[bool, _BOM] = False,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> _Style:
    return _Style(language, CsvStyle(locale, language, bom), accept, partial(computation, request))


_StyleDep = Annotated[_Style, Depends(_style)]


async def _table(style: _StyleDep, wanted: Annotated[TableFormat | None, _FORMAT] = None) -> WantedFormat:
    return style.of(wanted, TableFormat)


async def _report(style: _StyleDep, wanted: Annotated[ReportFormat | None, _FORMAT] = None) -> WantedFormat:
    return style.of(wanted, ReportFormat)


async def _printed(
    request: Request,
    wanted: Annotated[PrintFormat | None, _FORMAT] = None,
    language: Annotated[Language, Query(description="Of titles, words and sentences.")] = Language.ENGLISH,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> WantedFormat:
    return _Style(language, CsvStyle(), accept, partial(computation, request)).of(wanted, PrintFormat)


# Of a table; of a report that has a picture, too; of a report that is printed.
FormatDep = Annotated[WantedFormat, Depends(_table)]
ReportFormatDep = Annotated[WantedFormat, Depends(_report)]
PrintFormatDep = Annotated[WantedFormat, Depends(_printed)]


def _accepted(accept: str, formats: Iterable[str]) -> str:
    """The format with the highest weight in an Accept header; JSON unless another one has a higher weight."""
    weights = dict(_media_ranges(accept))
    json = next((weights[media_range] for media_range in _JSON_RANGES if media_range in weights), 0.0)
    offered = [name for name in formats if name != JSON]
    best = max(offered, key=lambda name: _weight(MEDIA_TYPES[name], weights))
    return best if _weight(MEDIA_TYPES[best], weights) > json else JSON


def _weight(media_type: str, weights: Mapping[str, float]) -> float:
    """The weight of a media type, or of all of its kind, such as `image/*`."""
    return weights.get(media_type, weights.get(f"{media_type.partition('/')[0]}/*", 0.0))


def _media_ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The media types of an Accept header and their weights; a weight that is no number counts as 0."""
    for media_range in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in media_range.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        yield media_type, float(weight) if re.fullmatch(r"[01](\.\d*)?", weight) else 0.0
