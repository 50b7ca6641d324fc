"""A sentence in the two languages of reports."""

from typing import NamedTuple


class Sentences(NamedTuple):
    en: str
    ru: str
