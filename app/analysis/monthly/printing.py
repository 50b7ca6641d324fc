"""The monthly report as PDF."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.analysis.monthly.page import pages
from app.analysis.monthly.types import MonthlyReport
from app.platform import clock

_TEMPLATE = Path(__file__).with_name("monthly.typ")


def monthly_pdf(report: MonthlyReport) -> bytes:
    """Two pages in the language of the report, tagged for screen readers, with their fonts embedded."""
    # Imported here: it takes a tenth of a second, and most processes print nothing.
    import typst  # noqa: PLC0415

    # One string of JSON: the template reads it as data, so that no name or title is markup.
    data = {"report": json.dumps(pages(report), ensure_ascii=False)}
    compiler = typst.Compiler(_TEMPLATE.read_bytes(), font_paths=_fonts(), sys_inputs=data)
    content = compiler.compile(format="pdf", timestamp=clock.now().replace(microsecond=0))
    assert isinstance(content, bytes), "a PDF is one file"
    return content


@lru_cache
def _fonts() -> Any:
    """The fonts of the drawing library, DejaVu among them, which has Cyrillic letters; none of the machine's."""
    import matplotlib  # noqa: PLC0415
    import typst  # noqa: PLC0415

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
