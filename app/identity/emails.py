"""E-mail addresses as names to sign in with; whether mail arrives there is not asked."""

import unicodedata


def canonical_email(text: str) -> str:
    """One spelling for every way of typing the same address: users are stored and looked up by it."""
    return unicodedata.normalize("NFC", text.strip()).lower()
