"""Finds functions that a restore calls and that use names without a schema: they fail during the restore. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from rowkeep.domain.frozen import dataclass
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.parse.text.lexer import Token, TokenKind, read_tokens

BEFORE_RELATION = frozenset({"from", "join", "into", "only", "table", "update"})
BEFORE_TYPE = frozenset({"::", "as"})
SILENT = frozenset({TokenKind.BLANK, TokenKind.COMMENT})


@dataclass(frozen=True, slots=True)
class Function:
    """A function without its own search_path. called: whether the restore itself calls it."""

    schema: str
    name: str
    arguments: str
    body: str
    called: bool

    @property
    def title(self) -> str:
        """The function as ALTER FUNCTION expects it."""
        return f"{quote_name(self.schema)}.{quote_name(self.name)}({self.arguments})"


def find_bare_functions(functions: Iterable[Function], names: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Functions that a restore calls, directly or indirectly, and that seem to use a name without a schema.

    names: names that only a search_path finds, by kind (`function`, `relation`, `type`, `operator`). Bodies are read
    by token, not by grammar, so a word that only looks like such a name counts, too.
    """
    by_name: dict[str, list[Function]] = {}
    for function in functions:
        by_name.setdefault(function.name, []).append(function)
    pending = [function for group in by_name.values() for function in group if function.called]
    visited: set[Function] = set()
    bare: list[str] = []
    while pending:
        function = pending.pop()
        if function in visited:
            continue
        visited.add(function)
        tokens = [token for token in read_tokens(function.body) if token.kind not in SILENT]
        if any(_bare(tokens, at, function.body, names) for at in range(len(tokens))):
            bare.append(function.title)
        for name in _calls(tokens, function.body):
            pending += by_name.get(name, ())
    return tuple(sorted(bare))


def _bare(tokens: list[Token], at: int, body: str, names: Mapping[str, Collection[str]]) -> bool:
    """Whether this token is a name that only a search_path finds."""
    token = tokens[at]
    if token.kind is TokenKind.SIGN:
        return body[token.start : token.end] in names.get("operator", ())
    if token.kind not in (TokenKind.WORD, TokenKind.QUOTED) or _text(tokens, at - 1, body) == ".":
        return False
    name, before, after = _name(token, body), _text(tokens, at - 1, body), _text(tokens, at + 1, body)
    if after == ".":
        return False  # a schema, or a table that is also in FROM
    if after == "(" and name in names.get("function", ()):
        return True
    if before in BEFORE_RELATION and name in names.get("relation", ()):
        return True
    return before in BEFORE_TYPE and name in names.get("type", ())


def _calls(tokens: list[Token], body: str) -> Iterator[str]:
    for at, token in enumerate(tokens):
        if token.kind in (TokenKind.WORD, TokenKind.QUOTED) and _text(tokens, at + 1, body) == "(":
            yield _name(token, body)


def _text(tokens: list[Token], at: int, body: str) -> str:
    if not 0 <= at < len(tokens):
        return ""
    return body[tokens[at].start : tokens[at].end].lower()


def _name(token: Token, body: str) -> str:
    text = body[token.start : token.end]
    return text[1:-1].replace('""', '"') if token.kind is TokenKind.QUOTED else text.lower()
