"""How a locale writes numbers in a list of values.

The decimal marks are those that the Unicode CLDR has for the language without a region. Some regions differ: Mexico and
Switzerland write a point, as `en` does. Where the mark is a comma, a semicolon separates the values, as spreadsheets
expect it there.
"""

from enum import StrEnum


class Locale(StrEnum):
    """Languages, by their codes in ISO 639-1."""

    CS = "cs"
    DE = "de"
    EN = "en"
    ES = "es"
    FR = "fr"
    IT = "it"
    KK = "kk"
    PL = "pl"
    PT = "pt"
    RU = "ru"
    TR = "tr"
    UK = "uk"

    @property
    def decimal_mark(self) -> str:
        return "." if self is Locale.EN else ","

    @property
    def separator(self) -> str:
        return "," if self is Locale.EN else ";"
