"""The checksum by token: an edit in a comment or in the layout leaves it alone, an edit in meaning does not."""

from __future__ import annotations

from rowkeep.parse.text.lexer import TokenKind, meaningful_tokens


def token_checksum(text: str) -> str:
    """SHA-256 (hex) over the tokens of `text`. Blanks and comments do not count, nor does the case of bare words.

    It is recorded in the ledger of every database: what it makes of a text must never change.
    """
    from hashlib import sha256  # OpenSSL behind it takes 10 ms to load, and lint needs no checksum

    words = []
    for kind, start, end in meaningful_tokens(text):
        word = text[start:end]
        words.append(word.lower() if kind is TokenKind.WORD and word.isascii() else word)
    return sha256("".join(f"{word}\0" for word in words).encode("utf-8", "replace")).hexdigest()
