"""Bodies as they arrive: compressed or not, in UTF-8, and JSON whose numbers are kept exactly.

Every private route reads its body here, whether it is a single object or a batch of rows.
"""

import zlib
from email.message import Message
from typing import Any

from fastapi import Request
from starlette.types import Receive, Scope

from app.platform.errors import TooLarge, UnsupportedMedia, invalid
from app.platform.exact_json import NotJson, read_json

JSON = "application/json"
NDJSON = "application/x-ndjson"
CONTENT_ENCODINGS = ("gzip", "identity")

_UTF_8_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_GZIP = 16 + zlib.MAX_WBITS
_UNREAD = object()


class BodyRequest(Request):
    """A request whose body has `max_size` bytes at most once it is decompressed."""

    def __init__(self, scope: Scope, receive: Receive, *, max_size: int) -> None:
        super().__init__(scope, receive)
        self._max_size = max_size
        self._content: bytes | None = None
        self._value: Any = _UNREAD

    async def receive_body(self) -> None:
        """Wait for the whole body, and do no work on it yet."""
        await super().body()

    async def body(self) -> bytes:
        """The body without its compression and without a byte order mark."""
        if self._content is None:
            sent = await super().body()
            content = decompressed(sent, self.headers.get("content-encoding", ""), max_size=self._max_size)
            self._content = without_byte_order_mark(content)
        return self._content

    async def json(self) -> Any:
        """The value of the body, kept; Invalid where the body is not JSON."""
        if self._value is _UNREAD:
            self._value = read_body(await self.body())
        return self._value


def media_type_of(content_type: str) -> str:
    """The media type in lower case; UnsupportedMedia where the sender names another encoding of text than UTF-8."""
    if ";" not in content_type:
        return content_type.strip().lower()
    header = Message()
    header["Content-Type"] = content_type
    charset = header.get_content_charset("utf-8")
    if charset not in _UTF_8:
        raise UnsupportedMedia(f"the encoding {charset[:50]} is not accepted: send the body in UTF-8")
    return content_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    return media_type == JSON or (media_type.startswith("application/") and media_type.endswith("+json"))


def decompressed(body: bytes, content_encoding: str, *, max_size: int) -> bytes:
    """The body as it was before it was compressed; nothing is decompressed beyond `max_size` bytes."""
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise UnsupportedMedia(
            f"the Content-Encoding {encoding[:50]!r} is not accepted: send gzip, or the body as it is",
            headers={"Accept-Encoding": "gzip"},
        )
    return _gunzip(body, max_size)


def _gunzip(body: bytes, max_size: int) -> bytes:
    content, rest = b"", body
    while rest:  # A gzip file may consist of several, one behind the other.
        reader = zlib.decompressobj(wbits=_GZIP)
        try:
            content += reader.decompress(rest, max_size + 1 - len(content))
        except zlib.error as error:
            raise invalid("", f"the body is not gzip, although its Content-Encoding says so: {error}") from error
        if len(content) > max_size:
            raise TooLarge(f"the decompressed body has more than {max_size} bytes")
        if not reader.eof:
            raise invalid("", "the gzip body is cut off")
        rest = reader.unused_data
    return content


def without_byte_order_mark(text: bytes) -> bytes:
    """UTF-8 text without a byte order mark; Invalid where it is UTF-16 or UTF-32."""
    if text.startswith(_UTF_8_BOM):
        return text[len(_UTF_8_BOM) :]
    # JSON begins with ASCII characters, of which UTF-16 and UTF-32 fill one byte and leave the others empty.
    if text.startswith(_OTHER_BOMS) or b"\x00" in text[:2]:
        raise invalid("", "the body is in UTF-16 or UTF-32: send it in UTF-8")
    return text


def read_body(text: bytes) -> Any:
    """The value of a JSON body."""
    try:
        return read_json(text)
    except NotJson as error:
        raise invalid("", f"the body {error}") from error
