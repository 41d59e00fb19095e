"""A cursor over the tokens of a body: look ahead, take words, cut out the text up to a word."""

from __future__ import annotations

from rowkeep.parse.text.lexer import Token, TokenKind, meaningful_tokens
from rowkeep.parse.text.mapped_text import MappedText


class CursorError(Exception):
    """A syntax error in a body. at: the place of the token."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


class TokenCursor:
    """A position in a body. Words are compared in lower case; quoted names keep their quotes.

    faults: how many were reported, so that errors that follow from one are not reported again.
    """

    def __init__(self, body: MappedText) -> None:
        self.body = body
        self.tokens: list[Token] = list(meaningful_tokens(body.text))
        self.words = [body.text[token.start : token.end].lower() for token in self.tokens]
        self.at = 0
        self.faults = 0

    @property
    def done(self) -> bool:
        """Whether the end is reached."""
        return self.at >= len(self.tokens)

    def word(self, ahead: int = 0) -> str:
        """The word `ahead` tokens after the current one; '' after the end."""
        at = self.at + ahead
        return self.words[at] if at < len(self.words) else ""

    def is_name(self, ahead: int = 0) -> bool:
        """Whether that token can be a name."""
        at = self.at + ahead
        return at < len(self.tokens) and self.tokens[at].kind in (TokenKind.WORD, TokenKind.QUOTED)

    def take(self, *words: str) -> bool:
        """Go past `words` if they come next."""
        if all(self.word(ahead) == word for ahead, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def need(self, word: str) -> None:
        """Go past `word`. Raises CursorError if something else comes next."""
        if not self.take(word):
            found = f'"{self.word()}"' if self.word() else "the end of the body"
            raise CursorError(self.at, f"expected {word.upper()}, found {found}")

    def skip_to(self, *words: str) -> None:
        """Go to the next of `words` outside of brackets. Raises CursorError if there is none."""
        depth = 0
        start = self.at
        while not self.done:
            word = self.word()
            if depth <= 0 and word in words:
                return
            if word in ("(", "["):
                depth += 1
            elif word in (")", "]"):
                depth -= 1
            elif word == ";" and depth > 0 and ";" not in words:
                break
            self.at += 1
        self.at = start
        raise CursorError(start, f"missing {words[0].upper()}")

    def text_to(self, *words: str) -> MappedText:
        """The text up to the next of `words` (which is not taken)."""
        start = self.at
        self.skip_to(*words)
        return self.cut(start, self.at)

    def cut(self, start: int, end: int) -> MappedText:
        """The text of the tokens from `start` to before `end`."""
        if end <= start:
            place = self.tokens[min(start, len(self.tokens) - 1)].start if self.tokens else 0
            return self.body.cut(place, place)
        return self.body.cut(self.tokens[start].start, self.tokens[end - 1].end)

    def names(self) -> tuple[str, ...]:
        """Take a list of variables: `a, b.c, d[1]`."""
        found = []
        while self.is_name():
            parts = [self.word()]
            self.at += 1
            while self.word() == "." and self.is_name(1):
                parts.append(self.word(1))
                self.at += 2
            if self.take("["):
                self.skip_to("]")
                self.need("]")
            found.append(".".join(parts))
            if not self.take(","):
                break
        return tuple(found)
