"""How a locale writes numbers in a list of values.

The decimal marks are those of the Unicode CLDR. Where it is a comma, a semicolon separates the values, as spreadsheets
expect it there.
"""

from enum import StrEnum


class Locale(StrEnum):
    """The languages whose decimal mark is the same wherever they are the main language of a country."""

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
