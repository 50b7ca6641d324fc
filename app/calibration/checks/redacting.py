"""Comments as others may read them: without names, ids, addresses and long numbers."""

import re
from collections.abc import Iterable

from app.transcription.redaction import redact

NAME = "[name]"
_MASKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "[id]"),
    (re.compile(r"(?<!\w)\+?\d(?:[ \-().]{0,2}\d){6,}(?!\w)"), "[number]"),
)
_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 3
# The letters in which Russian names change with the case: Петров, Петрова, Петрову; Анна, Анны, Анной.
_RUSSIAN_ENDING = re.compile(r"[аеёиоуыэюяйь]+$")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


def name_stems(texts: Iterable[str]) -> set[str]:
    """The first letters, in lower case, of the words that may be names: what names are looked up by."""
    return {word[:_SHORTEST].lower() for text in texts for word in _WORD.findall(text) if len(word) >= _SHORTEST}


def redact_comment(text: str, names: Iterable[str], identifiers: Iterable[str]) -> str:
    """The text without the names, as a whole or word by word, without the identifiers, and without long numbers.

    A word of a name counts where it begins with a capital letter, in any case of the Russian language. It hides more
    rather than less: a common word that is also someone's name goes with it.
    """
    for identifier in sorted(identifiers, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(identifier)}(?!\w)", "[id]", text)
    # Before long numbers are masked: a card number has a mask of its own.
    text = redact(text)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return _without_names(text, names)


def _without_names(text: str, names: Iterable[str]) -> str:
    known = list(names)
    for name in sorted({name.strip() for name in known} - {""}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", NAME, text, flags=re.IGNORECASE)
    words = {word for name in known for word in _WORD.findall(name) if len(word) >= _SHORTEST}
    if not words:
        return text
    pattern = "|".join(_forms(word) for word in sorted(words, key=len, reverse=True))
    text = re.sub(rf"(?<![\w\[])(?:{pattern})(?!\w)", NAME, text)
    # Two words of one name are one name.
    return re.sub(rf"{re.escape(NAME)}(?:\s+{re.escape(NAME)})+", NAME, text)


def _forms(word: str) -> str:
    """The pattern of a name's word and of its cases, with a capital letter."""
    capital = word[0].upper() + word[1:].lower()
    if not _CYRILLIC.search(word):
        return re.escape(capital) + "|" + re.escape(word[0].upper() + word[1:])
    stem = _RUSSIAN_ENDING.sub("", capital)
    stem = stem if len(stem) >= _SHORTEST else capital
    return re.escape(stem) + r"[а-яё]{0,3}"
