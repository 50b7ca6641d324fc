"""Text for mail and calendars: without the characters that end a header or that no client can show."""

import base64
import re
import unicodedata
from collections.abc import Iterator

# What stands in a header as it is, in a name too, on one line.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 -]{0,58}[A-Za-z0-9])?")
# As an encoded word, so many bytes and the name of the header fit on one line.
_BYTES_OF_A_WORD = 39


def one_line(text: str) -> str:
    """The text on one line. A line break in a name or a subject would begin a header of the writer's choice."""
    return " ".join(_without_controls(text, kept="").split())


def header_text(text: str) -> str:
    """The text on one line, with a space in each `=?`.

    `=?utf-8?q?=0D=0A…?=` is an encoded word (RFC 2047). Whoever typed it into a name typed these characters. Writers of
    messages decode it, and write the line break that it stands for.
    """
    return one_line(text).replace("=?", "= ?")


def encoded_header(text: str) -> str:
    """The text as the value of a header, folded.

    It is encoded here, and not by the library: that drops the quotes of a long name when it folds it, so that a name
    with a comma becomes two addresses.
    """
    shown = header_text(text)
    if _PLAIN.fullmatch(shown):
        return shown
    return "\n ".join(f"=?utf-8?b?{base64.b64encode(part).decode()}?=" for part in _parts(shown))


def _parts(text: str) -> Iterator[bytes]:
    """The text in UTF-8, divided between letters."""
    part = b""
    for letter in text:
        more = letter.encode()
        if len(part) + len(more) > _BYTES_OF_A_WORD:
            yield part
            part = b""
        part += more
    if part:
        yield part


def plain_lines(text: str) -> str:
    """The text with `\\n` for each line break, and without other control characters."""
    return _without_controls(text.replace("\r\n", "\n").replace("\r", "\n"), kept="\n")


def _without_controls(text: str, *, kept: str) -> str:
    return "".join(
        letter if letter in kept or unicodedata.category(letter) != "Cc" else " " if letter.isspace() else ""
        for letter in text
    )
