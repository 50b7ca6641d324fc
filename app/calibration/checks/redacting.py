"""Comments as others may read them: without names, ids, addresses and long numbers."""

import re
from collections.abc import Iterable

from app.transcription.redaction import redact

NAME = "[name]"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_LONG_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ \-().]{0,2}\d){6,}(?!\w)")
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
    known = list(names)
    # The larger parts first: an address may hold a name, a name an identifier, and a card number is a long number.
    text = _EMAIL.sub("[e-mail]", text)
    text = _without(text, known, NAME, re.IGNORECASE)
    text = _UUID.sub("[id]", _without(text, identifiers, "[id]"))
    text = _LONG_NUMBER.sub("[number]", redact(text))
    return _without_words(text, {word for name in known for word in _WORD.findall(name) if len(word) >= _SHORTEST})


def _without(text: str, parts: Iterable[str], mask: str, flags: int = 0) -> str:
    """The text with a mask in place of each part that stands there as a word or words, the longest first."""
    for part in sorted({part.strip() for part in parts} - {""}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", mask, text, flags=flags)
    return text


def _without_words(text: str, words: set[str]) -> str:
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
