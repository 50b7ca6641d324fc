"""Text for mail and calendars: without the characters that end a header or that no client can show."""

import unicodedata


def one_line(text: str) -> str:
    """The text on one line. A line break in a name or a subject would begin a header of the writer's choice."""
    return " ".join(_without_controls(text, kept="").split())


def plain_lines(text: str) -> str:
    """The text with `\\n` for each line break, and without other control characters."""
    return _without_controls(text.replace("\r\n", "\n").replace("\r", "\n"), kept="\n")


def _without_controls(text: str, *, kept: str) -> str:
    return "".join(
        letter if letter in kept or unicodedata.category(letter) != "Cc" else " " if letter.isspace() else ""
        for letter in text
    )
