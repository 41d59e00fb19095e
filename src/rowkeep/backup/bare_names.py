"""Functions that a restore calls and that name things without their schema, which they then do not find. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.parse.text.lexer import Token, TokenKind, read_tokens

BEFORE_RELATION = frozenset({"from", "join", "into", "only", "table", "update"})
BEFORE_TYPE = frozenset({"::", "as"})
SILENT = frozenset({TokenKind.BLANK, TokenKind.COMMENT})


@dataclass(frozen=True, slots=True)
class Function:
    """A function without a search_path of its own. called: a restore itself calls it."""

    schema: str
    name: str
    arguments: str
    body: str
    called: bool

    @property
    def title(self) -> str:
        """As ALTER FUNCTION takes it."""
        return f"{quote_name(self.schema)}.{quote_name(self.name)}({self.arguments})"


def bare_functions(functions: Iterable[Function], names: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Those that a restore calls, also by way of others, and that seem to name something without its schema.

    names: what only a search_path finds, by kind (`function`, `relation`, `type`, `operator`). Read by token and not
    by grammar: a body in which a name happens to look like one of these counts too.
    """
    by_name: dict[str, list[Function]] = {}
    for function in functions:
        by_name.setdefault(function.name, []).append(function)
    waiting = [function for several in by_name.values() for function in several if function.called]
    seen: set[Function] = set()
    found: list[str] = []
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        read = [token for token in read_tokens(function.body) if token.kind not in SILENT]
        if any(_bare(read, at, function.body, names) for at in range(len(read))):
            found.append(function.title)
        for name in _calls(read, function.body):
            waiting += by_name.get(name, ())
    return tuple(sorted(found))


def _bare(read: list[Token], at: int, body: str, names: Mapping[str, Collection[str]]) -> bool:
    """Whether this token is a name that only a search_path finds."""
    token = read[at]
    if token.kind is TokenKind.SIGN:
        return body[token.start : token.end] in names.get("operator", ())
    if token.kind not in (TokenKind.WORD, TokenKind.QUOTED) or _text(read, at - 1, body) == ".":
        return False
    name, before, after = _name(token, body), _text(read, at - 1, body), _text(read, at + 1, body)
    if after == ".":
        return False  # a schema, or a table that stands in FROM as well
    if after == "(" and name in names.get("function", ()):
        return True
    if before in BEFORE_RELATION and name in names.get("relation", ()):
        return True
    return before in BEFORE_TYPE and name in names.get("type", ())


def _calls(read: list[Token], body: str) -> Iterator[str]:
    for at, token in enumerate(read):
        if token.kind in (TokenKind.WORD, TokenKind.QUOTED) and _text(read, at + 1, body) == "(":
            yield _name(token, body)


def _text(read: list[Token], at: int, body: str) -> str:
    if not 0 <= at < len(read):
        return ""
    return body[read[at].start : read[at].end].lower()


def _name(token: Token, body: str) -> str:
    text = body[token.start : token.end]
    return text[1:-1].replace('""', '"') if token.kind is TokenKind.QUOTED else text.lower()
