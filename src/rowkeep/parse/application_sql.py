"""Reads statements that an application sends, as the server records them or as a file holds them."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.deploy.application import ApplicationQuery, ApplicationStatement, InsertTarget
from rowkeep.parse.libpg_query import Node, ParserError, parse_statements, split_statements
from rowkeep.parse.text.lexer import Token, TokenKind, meaningful_tokens
from rowkeep.parse.tree import collect_nodes

CHECKED = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
"""The statements that PostgreSQL can prepare."""

FIRST_WORDS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE", "("})

SYSTEM = frozenset({"pg_catalog", "information_schema", "pg_toast", "rowkeep"})
"""Schemas that no migration of a project changes."""

OWN_ALIAS = "rowkeep_row"

TYPES = frozenset(
    {"bool", "bytea", "cidr", "date", "inet", "interval", "json", "jsonb", "macaddr", "money", "numeric", "text"}
    | {"time", "timestamp", "timestamptz", "timetz", "tsquery", "tsvector", "uuid", "xml"}
)
"""Types that are written before a constant: `interval '1 day'`. The server records it as `interval $1`."""


def split_application_sql(text: str) -> list[str]:
    """The statements of a file, without `;`. Raises ParserError."""
    data = text.encode("utf-8")
    pieces = (data[start : start + length or None].decode("utf-8") for start, length in split_statements(text))
    return [piece.strip() for piece in pieces]


def read_application_statement(
    statement: ApplicationStatement, ignored: Iterable[tuple[str, str]] = ()
) -> ApplicationQuery | None:
    """The statement, read; None for one that no migration can break: it names no table and calls no function. None for
    our own queries, too, which give every table of the application the alias `rowkeep_row`.

    ignored: tables (schema, name) that are not the application's. Text that our parser refuses is left to the server.
    """
    text = mend_constants(statement.text)
    try:
        trees = parse_statements(text)
    except (ParserError, ValueError):
        first = next(meaningful_tokens(text), None)
        if first is None or text[first.start : first.end].upper() not in FIRST_WORDS:
            return None
        return ApplicationQuery(statement, text, frozenset(), ())
    if len(trees) != 1 or not CHECKED & trees[0].get("stmt", {}).keys():
        return None
    tree = trees[0]["stmt"]
    nodes = [node for _, node in collect_nodes(tree, frozenset({"RangeVar"}))]
    if any(node.get("alias", {}).get("aliasname") == OWN_ALIAS for node in nodes):
        return None
    relations = [_relation(node) for node in nodes]
    # An INSERT, UPDATE, DELETE or MERGE has its table as bare fields.
    writes = [node for _, node in collect_nodes(tree, CHECKED - {"SelectStmt"})]
    relations += [_relation(node["relation"]) for node in writes if "relation" in node]
    common = {node.get("ctename", "") for _, node in collect_nodes(tree, frozenset({"CommonTableExpr"}))}
    tables = {(schema, name) for schema, name in relations if schema or name not in common}
    tables = {table for table in tables if not _is_system(table) and not _is_ignored(table, ignored)}
    calls = any(not _is_built_in(node) for _, node in collect_nodes(tree, frozenset({"FuncCall"})))
    if not tables and (relations or not calls):
        return None
    inserts = tuple(_insert(node) for _, node in collect_nodes(tree, frozenset({"InsertStmt"})))
    return ApplicationQuery(statement, text, frozenset(tables), inserts)


def is_runnable(query: ApplicationQuery) -> bool:
    """Whether the text is one statement that reads or writes rows, and needs no values."""
    text = query.text
    try:
        trees = parse_statements(text)
    except (ParserError, ValueError):
        return False
    parameters = any(token.kind is TokenKind.NUMBER and text[token.start] == "$" for token in meaningful_tokens(text))
    return len(trees) == 1 and not parameters and bool(CHECKED & trees[0].get("stmt", {}).keys())


def _relation(node: Node) -> tuple[str | None, str]:
    return node.get("schemaname"), node.get("relname", "")


def _is_system(table: tuple[str | None, str]) -> bool:
    schema, name = table
    return schema in SYSTEM or (schema is None and name.startswith("pg_"))


def _is_ignored(table: tuple[str | None, str], ignored: Iterable[tuple[str, str]]) -> bool:
    schema, name = table
    return any(name == other and schema in (None, other_schema) for other_schema, other in ignored)


def _is_built_in(call: Node) -> bool:
    names = [part.get("String", {}).get("sval", "") for part in call.get("funcname", ())]
    return len(names) == 2 and names[0] == "pg_catalog"


def _insert(node: Node) -> InsertTarget:
    schema, table = _relation(node.get("relation", {}))
    if "cols" in node:
        columns = tuple(item["ResTarget"].get("name", "") for item in node["cols"])
        return InsertTarget(schema, table, columns, None)
    source = node.get("selectStmt")
    if source is None:  # DEFAULT VALUES
        return InsertTarget(schema, table, (), None)
    rows = source.get("SelectStmt", {}).get("valuesLists")
    if not rows:
        return InsertTarget(schema, table, None, None)
    return InsertTarget(schema, table, None, len(rows[0].get("List", {}).get("items", ())))


def normalize_constants(text: str) -> str:
    """The text with every constant and parameter as `$`, and one space between words."""
    constant = (TokenKind.NUMBER, TokenKind.STRING)
    return " ".join(
        "$" if token.kind in constant else text[token.start : token.end].lower() for token in meaningful_tokens(text)
    ).rstrip(" ;")


def mend_constants(text: str) -> str:
    """Make a text of pg_stat_statements one that the server accepts again, where a constant was part of the grammar.

    `interval $1` becomes `CAST($1 AS interval)`, `extract($1 FROM x)` becomes `pg_catalog.date_part($1, x)`.
    """
    tokens = list(meaningful_tokens(text))
    changes: list[tuple[int, int, str]] = []
    for index, token in enumerate(tokens):
        if token.kind is not TokenKind.NUMBER or text[token.start] != "$":
            continue
        parameter = text[token.start : token.end]
        before = _words(text, tokens[max(0, index - 4) : index])
        if len(before) >= 2 and before[-2:] == ["extract", "("] and index + 1 < len(tokens):
            following = tokens[index + 1]
            if text[following.start : following.end].lower() == "from":
                changes.append((tokens[index - 2].start, following.end, f"pg_catalog.date_part({parameter},"))
        elif length := _type_length(before):
            start = tokens[index - length].start
            changes.append((start, token.end, f"CAST({parameter} AS {text[start : token.start].strip()})"))
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


def _words(text: str, tokens: Iterable[Token]) -> list[str]:
    return [text[token.start : token.end].lower() for token in tokens]


def _type_length(words: list[str]) -> int:
    """How many of the last words are a type that stands before a constant."""
    if words[-3:] in (["with", "time", "zone"], ["without", "time", "zone"]):
        return 4 if words[:1] in (["time"], ["timestamp"]) else 0
    return 1 if words and words[-1] in TYPES else 0
