"""Pictures as SVG and PNG files."""

from collections.abc import Callable
from io import BytesIO
from threading import Lock
from typing import Any, Literal

PictureFormat = Literal["svg", "png"]
# The settings of matplotlib are those of the whole process, and pictures are drawn in threads.
_drawing = Lock()


def draw_picture(size: tuple[float, float], file_format: PictureFormat, draw: Callable[[Any], None]) -> bytes:
    """What is drawn on a figure of this size, in inches. The same drawing gives the same file."""
    # Imported here: it takes a second, and most processes draw nothing.
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    buffer = BytesIO()
    metadata: dict[str, Any] = {"Date": None} if file_format == "svg" else {"Software": None}
    # Without a date and with a fixed salt, the same results give the same file. A `$` in a name begins no formula.
    with _drawing, rc_context({"svg.hashsalt": "qmt", "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(buffer, format=file_format, dpi=150, metadata=metadata)
    return buffer.getvalue()
