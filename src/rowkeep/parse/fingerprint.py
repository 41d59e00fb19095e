"""The checksum by token: an edit in a comment or in the layout leaves it alone, an edit in meaning does not."""

from __future__ import annotations

from hashlib import sha256

from rowkeep.parse.lexer import Kind, meaningful


def fingerprint(text: str) -> str:
    """SHA-256 (hex) over the tokens of `text`. Blanks and comments do not count, nor does the case of bare words.

    It is recorded in the ledger of every database: what it makes of a text must never change.
    """
    digest = sha256()
    for kind, start, end in meaningful(text):
        word = text[start:end]
        digest.update((word.lower() if kind is Kind.WORD and word.isascii() else word).encode("utf-8", "replace"))
        digest.update(b"\0")
    return digest.hexdigest()
