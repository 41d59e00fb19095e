"""The checksum of the tokens of a text, which ignores comments and layout."""

from __future__ import annotations

from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens


def token_checksum(text: str) -> str:
    """SHA-256 (hex) over the tokens of `text`. Blanks and comments do not count, nor does the case of bare words.

    It is recorded in the ledger of every database, so the checksum of a text must never change.
    """
    from hashlib import sha256  # loads OpenSSL, which takes 10 ms; lint needs no checksum

    words = []
    for kind, start, end in meaningful_tokens(text):
        word = text[start:end]
        words.append(word.lower() if kind is TokenKind.WORD and word.isascii() else word)
    return sha256("".join(f"{word}\0" for word in words).encode("utf-8", "replace")).hexdigest()
