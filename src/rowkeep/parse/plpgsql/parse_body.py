"""Parses a PL/pgSQL body into statements.

A syntax error becomes one statement; parsing continues after the next `;`.
"""

from __future__ import annotations

from collections.abc import Callable

from rowkeep.parse.plpgsql.cursor import CursorError, TokenCursor
from rowkeep.parse.plpgsql.nodes import (
    Assign,
    Block,
    Choice,
    Control,
    Execute,
    Handler,
    Loop,
    Node,
    Perform,
    PlpgsqlFault,
    Return,
    Sql,
    Variable,
)
from rowkeep.parse.text.lexer import TokenKind
from rowkeep.parse.text.mapped_text import MappedText

_ENDS = ("end", "else", "elsif", "elseif", "when", "exception")
_QUERIES = ("select", "with", "values", "insert", "update", "delete", "merge", "table", "(")


def parse_body(body: MappedText) -> Node:
    """The outermost block of `body`. With a syntax error, everything that can be parsed is in an artificial block."""
    cursor = TokenCursor(body)
    while cursor.take("#"):
        # Options of the compiler: #variable_conflict use_column.
        line = body.text.find("\n", cursor.tokens[cursor.at - 1].start)
        while not cursor.done and line >= 0 and cursor.tokens[cursor.at].start < line:
            cursor.at += 1
    found: list[Node] = []
    while not cursor.done:
        start = cursor.at
        if found and not cursor.faults:
            # The outermost block has ended: what follows is an error, and is parsed anyway.
            cursor.faults += 1
            found.append(
                PlpgsqlFault(cursor.cut(start, start + 1), f'unexpected "{cursor.word()}" after the end of the body')
            )
        try:
            if cursor.word() in _ENDS:
                # The rest of a block with a syntax error.
                cursor.at += 1
                found.extend(_body(cursor))
            else:
                found.append(_statement(cursor))
        except CursorError as error:
            found.append(_fault(cursor, error))
        cursor.at = max(cursor.at, start + 1)
    return found[0] if len(found) == 1 else Block(body, (), tuple(found), ())


def _fault(cursor: TokenCursor, error: CursorError) -> PlpgsqlFault:
    """A syntax error at one token. Moves the cursor after the next `;`."""
    cursor.faults += 1
    at = min(error.at, len(cursor.tokens) - 1)
    while not cursor.done and not cursor.take(";"):
        cursor.at += 1
    return PlpgsqlFault(cursor.cut(at, at + 1), error.message)


def _body(cursor: TokenCursor) -> tuple[Node, ...]:
    """Statements up to END, ELSE, WHEN …"""
    found: list[Node] = []
    while not cursor.done and cursor.word() not in _ENDS:
        start = cursor.at
        try:
            found.append(_statement(cursor))
        except CursorError as error:
            cursor.at = max(cursor.at, error.at)
            found.append(_fault(cursor, error))
        if cursor.at == start:
            cursor.at += 1
    return tuple(found)


def _statement(cursor: TokenCursor) -> Node:
    if cursor.take("<<"):
        cursor.skip_to(">>")
        cursor.need(">>")
    if _is_assignment(cursor):
        return _assignment(cursor)
    reader = _STATEMENTS.get(cursor.word())
    if reader is not None and cursor.tokens[cursor.at].kind is TokenKind.WORD:
        return reader(cursor)
    return _sql(cursor)


def _is_assignment(cursor: TokenCursor) -> bool:
    """A name, its parts and subscripts, and then := or =."""
    if not cursor.is_name():
        return False
    at = cursor.at + 1
    words = cursor.words
    while at < len(words) and words[at] in (".", "["):
        if words[at] == ".":
            at += 2
        else:
            depth = 1
            at += 1
            while at < len(words) and depth:
                depth += (words[at] == "[") - (words[at] == "]")
                at += 1
    return at < len(words) and words[at] in (":=", "=")


def _assignment(cursor: TokenCursor) -> Node:
    (target,) = cursor.names()
    cursor.at += 1
    expression = cursor.text_to(";")
    cursor.need(";")
    return Assign(target, expression)


def _block(cursor: TokenCursor) -> Node:
    start = cursor.at
    variables: list[Variable] = []
    while cursor.take("declare"):
        while cursor.word() not in ("begin", "declare"):
            if cursor.done:
                raise CursorError(start, "missing BEGIN")
            variables.append(_declaration(cursor))
    cursor.need("begin")
    body = _body(cursor)
    handlers: list[Handler] = []
    if cursor.take("exception"):
        while cursor.take("when"):
            conditions = cursor.text_to("then").text.lower()
            cursor.need("then")
            handlers.append(Handler(conditions, _body(cursor)))
    cursor.need("end")
    text = cursor.cut(start, cursor.at)
    _end(cursor)
    return Block(text, tuple(variables), body, tuple(handlers))


def _end(cursor: TokenCursor) -> None:
    """[label] ;  (the outermost END of a body may omit the `;`)."""
    if cursor.is_name():
        cursor.at += 1
    if not cursor.done:
        cursor.need(";")


def _declaration(cursor: TokenCursor) -> Variable:
    if cursor.take("<<"):
        cursor.skip_to(">>")
        cursor.need(">>")
    name = cursor.word()
    cursor.at += 1
    start = cursor.at
    cursor.skip_to(";", ":=", "=", "default", "for", "is")
    kind = cursor.cut(start, cursor.at).text.lower()
    default = query = None
    if "cursor" in kind.split() and cursor.word() in ("for", "is"):
        cursor.at += 1
        query = cursor.text_to(";")
    elif cursor.word() != ";":
        cursor.at += 1
        default = cursor.text_to(";")
    cursor.need(";")
    kind = kind.removeprefix("constant ").removesuffix("not null").strip()
    return Variable(name, kind, default, query)


def _if(cursor: TokenCursor) -> Node:
    start = cursor.at
    arms: list[tuple[MappedText | None, tuple[Node, ...]]] = []
    while cursor.word() in ("if", "elsif", "elseif"):
        cursor.at += 1
        condition = cursor.text_to("then")
        cursor.need("then")
        arms.append((condition, _body(cursor)))
    if cursor.take("else"):
        arms.append((None, _body(cursor)))
    cursor.need("end")
    cursor.need("if")
    text = cursor.cut(start, cursor.at)
    cursor.need(";")
    return Choice(text, tuple(arms))


def _case(cursor: TokenCursor) -> Node:
    start = cursor.at
    cursor.need("case")
    subject = None if cursor.word() == "when" else cursor.text_to("when")
    arms: list[tuple[MappedText | None, tuple[Node, ...]]] = []
    while cursor.take("when"):
        condition = cursor.text_to("then")
        cursor.need("then")
        arms.append((condition, _body(cursor)))
    if cursor.take("else"):
        arms.append((None, _body(cursor)))
    cursor.need("end")
    cursor.need("case")
    text = cursor.cut(start, cursor.at)
    cursor.need(";")
    return Choice(text, tuple(arms), subject)


def _loop(cursor: TokenCursor) -> Node:
    start = cursor.at
    word = cursor.word()
    cursor.at += 1
    target, query, dynamic, values, counts = "", None, None, [], False
    if word == "while":
        values.append(cursor.text_to("loop"))
    elif word == "foreach":
        target = ",".join(cursor.names())
        cursor.skip_to("array")
        cursor.need("array")
        values.append(cursor.text_to("loop"))
    elif word == "for":
        target = ",".join(cursor.names())
        cursor.need("in")
        cursor.take("reverse")
        if cursor.take("execute"):
            dynamic = cursor.text_to("using", "loop")
            if cursor.take("using"):
                values.append(cursor.text_to("loop"))
        elif cursor.word() in _QUERIES and not _counts(cursor):
            query = cursor.text_to("loop")
        elif _counts(cursor):
            counts = True
            values.append(cursor.text_to(".."))
            cursor.need("..")
            values.append(cursor.text_to("by", "loop"))
            if cursor.take("by"):
                values.append(cursor.text_to("loop"))
        else:
            cursor.skip_to("loop")
    if word != "loop":
        cursor.need("loop")
    body = _body(cursor)
    cursor.need("end")
    cursor.need("loop")
    text = cursor.cut(start, cursor.at)
    _end(cursor)
    return Loop(text, body, target, query, dynamic, tuple(values), counts)


def _counts(cursor: TokenCursor) -> bool:
    """Whether `a .. b` stands before LOOP."""
    start = cursor.at
    try:
        cursor.skip_to("..", "loop")
        return cursor.word() == ".."
    finally:
        cursor.at = start


def _execute(cursor: TokenCursor) -> Node:
    start = cursor.at
    cursor.need("execute")
    expression = cursor.text_to("into", "using", ";")
    into: tuple[str, ...] = ()
    using: tuple[MappedText, ...] = ()
    while cursor.word() in ("into", "using"):
        if cursor.take("into"):
            cursor.take("strict")
            into = cursor.names()
        else:
            cursor.at += 1
            using = (cursor.text_to("into", ";"),)
    text = cursor.cut(start, cursor.at)
    cursor.need(";")
    return Execute(text, expression, using, into)


def _perform(cursor: TokenCursor) -> Node:
    cursor.at += 1
    expression = cursor.text_to(";")
    cursor.need(";")
    return Perform((expression,))


def _return(cursor: TokenCursor) -> Node:
    start = cursor.at
    cursor.need("return")
    if cursor.take("query"):
        if cursor.take("execute"):
            expression = cursor.text_to("using", ";")
            using = (cursor.text_to(";"),) if cursor.take("using") else ()
            text = cursor.cut(start, cursor.at)
            cursor.need(";")
            return Execute(text, expression, using)
        return _sql(cursor)
    if cursor.word() in ("null", "old") and cursor.word(1) == ";":
        text = cursor.cut(cursor.at, cursor.at + 1)
        cursor.at += 2
        return Return(text)
    cursor.take("next")
    return _expressions(cursor)


def _expressions(cursor: TokenCursor) -> Node:
    """An expression, or none, up to `;`."""
    expression = cursor.text_to(";")
    cursor.need(";")
    return Perform((expression,) if expression.text else ())


def _raise(cursor: TokenCursor) -> Node:
    """RAISE [level] [format, expression …] [USING option = expression, …]."""
    cursor.at += 1
    found: list[MappedText] = []
    cursor.skip_to(",", "using", ";")
    while cursor.word() in (",", "using"):
        if cursor.take("using") or (cursor.take(",") and cursor.word(1) in ("=", ":=")):
            cursor.skip_to("=", ":=")
            cursor.at += 1
        found.append(cursor.text_to(",", "using", ";"))
    cursor.need(";")
    return Perform(tuple(found))


def _assert(cursor: TokenCursor) -> Node:
    cursor.at += 1
    found = [cursor.text_to(",", ";")]
    while cursor.take(","):
        found.append(cursor.text_to(",", ";"))
    cursor.need(";")
    return Perform(tuple(found))


def _leave(cursor: TokenCursor) -> Node:
    """EXIT and CONTINUE."""
    cursor.skip_to("when", ";")
    return _perform(cursor) if cursor.word() == "when" else _skip(cursor)


def _open(cursor: TokenCursor) -> Node:
    """OPEN cursor FOR query, FOR EXECUTE text, or a bound cursor with arguments."""
    start = cursor.at
    cursor.skip_to("for", "(", ";")
    if not cursor.take("for"):
        return _skip(cursor)
    if not cursor.take("execute"):
        return _sql(cursor)
    expression = cursor.text_to("using", ";")
    using = (cursor.text_to(";"),) if cursor.take("using") else ()
    text = cursor.cut(start, cursor.at)
    cursor.need(";")
    return Execute(text, expression, using)


def _skip(cursor: TokenCursor) -> Node:
    cursor.skip_to(";")
    cursor.need(";")
    return Perform(())


def _control(cursor: TokenCursor) -> Node:
    start = cursor.at
    action = cursor.word().upper()
    cursor.at += 1
    chain = cursor.take("and") and not cursor.take("no") and cursor.word() == "chain"
    cursor.skip_to(";")
    text = cursor.cut(start, cursor.at)
    cursor.need(";")
    return Control(text, action, chain)


def _sql(cursor: TokenCursor) -> Node:
    """A statement of SQL up to its `;`, without its INTO (make_execsql_stmt in PostgreSQL's pl_gram.y)."""
    start = cursor.at
    into: tuple[str, ...] = ()
    pieces: list[MappedText] = []
    imports = cursor.word() == "import"
    depth = 0
    from_here = start
    while not cursor.done and (cursor.word() != ";" or depth > 0):
        word = cursor.word()
        depth += (word in ("(", "[")) - (word in (")", "]"))
        before = cursor.words[cursor.at - 1] if cursor.at > start else ""
        if word == "into" and before not in ("insert", "merge") and not imports and not into and depth == 0:
            pieces.append(cursor.cut(from_here, cursor.at))
            cursor.at += 1
            cursor.take("strict")
            into = cursor.names()
            from_here = cursor.at
            continue
        cursor.at += 1
    if cursor.done:
        raise CursorError(start, "missing ; after this statement")
    text = cursor.cut(from_here, cursor.at)
    for piece in reversed(pieces):
        space = cursor.body.cut(cursor.tokens[from_here - 1].end, cursor.tokens[from_here - 1].end)
        text = piece.concat(MappedText(" ", space.stretches)).concat(text)
    cursor.need(";")
    return Sql(text, into)


_STATEMENTS: dict[str, Callable[[TokenCursor], Node]] = {
    "begin": _block,
    "declare": _block,
    "if": _if,
    "case": _case,
    "loop": _loop,
    "while": _loop,
    "for": _loop,
    "foreach": _loop,
    "execute": _execute,
    "perform": _perform,
    "return": _return,
    "raise": _raise,
    "assert": _assert,
    "exit": _leave,
    "continue": _leave,
    "open": _open,
    "fetch": _skip,
    "move": _skip,
    "close": _skip,
    "get": _skip,
    "null": _skip,
    "commit": _control,
    "rollback": _control,
}
