"""The `Range` header, as far as this service follows it: one range of bytes (RFC 9110, section 14)."""

import re

from app.platform.errors import RangeNotSatisfiable

_ONE_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.ASCII)


def requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the byte after the last one; None where the whole is to be sent.

    Several ranges, other units and what cannot be read are answered with the whole, as the RFC allows.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last, suffix = match.groups()
    start = max(0, size - int(suffix)) if first is None else int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):
        return None
    if start >= size:
        raise RangeNotSatisfiable(f"the file has {size} bytes", headers={"Content-Range": f"bytes */{size}"})
    return start, end
