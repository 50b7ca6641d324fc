"""Names in a sentence: the first few, and how many others there are."""

from collections.abc import Sequence

MOST_NAMED = 5


def names_en(names: Sequence[str]) -> str:
    """`A, B and C`, or `A, B, C, D, E and 2 others`. There is one name or more."""
    named, others = list(names[:MOST_NAMED]), len(names) - MOST_NAMED
    if others > 0:
        named.append("one other" if others == 1 else f"{others} others")
    return _joined(named, "and")


def names_ru(names: Sequence[str]) -> str:
    """`А, Б и В`, or `А, Б, В, Г, Д и ещё 2`. There is one name or more."""
    named, others = list(names[:MOST_NAMED]), len(names) - MOST_NAMED
    if others > 0:
        named.append(f"ещё {others}")
    return _joined(named, "и")


def _joined(named: Sequence[str], conjunction: str) -> str:
    *first, last = named
    return f"{', '.join(first)} {conjunction} {last}" if first else last
