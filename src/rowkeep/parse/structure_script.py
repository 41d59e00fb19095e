"""Reads a file with the structure of a database, as `pg_dump --schema-only` and other tools write it.

Its text is not trusted. Only statements that a structure needs are accepted. They are divided by who runs them on the
scratch server: all that can run code of the file as a role without powers; what needs more, and runs no code of the
file, as a superuser afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Unparsable
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.statements import BrokenStatement, NonSqlText, RawStatement, read_statements
from rowkeep.parse.text.mapped_text import map_plain
from rowkeep.parse.text.split_text import PieceKind

RESTRICT = compile_later(r"\\(?:un)?restrict [A-Za-z0-9]+[ \t\r]*")
"""What pg_dump writes since August 2025 (CVE-2025-8714): psql then runs no command that the file contains."""


class ScriptPart(Enum):
    """When a statement runs, and as whom."""

    OBJECTS = "objects"
    """In order, as a role without powers."""
    RIGHTS = "rights"
    """Then, as a superuser: owners, grants, comments, publications. None of them runs code of the file."""
    EVENT_TRIGGERS = "event triggers"
    """Last, as a superuser: they would fire for what comes before."""


@dataclass(frozen=True, slots=True)
class ScriptStatement:
    """A statement of the file. span: its characters there. schema: the one that it creates and leaves empty."""

    text: str
    span: Span
    part: ScriptPart
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptExtension:
    """An extension that the file creates. schema: None for the default one."""

    name: str
    schema: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class StructureScript:
    """A file with a structure. roles: that it names. owners, grants: whether it says anything about them."""

    source: Source
    statements: tuple[ScriptStatement, ...]
    extensions: tuple[ScriptExtension, ...]
    roles: tuple[str, ...]
    owners: bool
    grants: bool


OBJECTS = frozenset(
    {
        *("AlterCollationStmt", "AlterDomainStmt", "AlterEnumStmt", "AlterFunctionStmt", "AlterObjectDependsStmt"),
        *("AlterObjectSchemaStmt", "AlterOpFamilyStmt", "AlterOperatorStmt", "AlterPolicyStmt", "AlterSeqStmt"),
        *("AlterStatsStmt", "AlterTSConfigurationStmt", "AlterTSDictionaryStmt", "AlterTypeStmt", "CompositeTypeStmt"),
        *("CreateAmStmt", "CreateCastStmt", "CreateConversionStmt", "CreateDomainStmt", "CreateEnumStmt"),
        *("CreateFdwStmt", "CreateForeignServerStmt", "CreateForeignTableStmt", "CreateFunctionStmt"),
        *("CreateOpClassStmt", "CreateOpFamilyStmt", "CreatePLangStmt", "CreatePolicyStmt", "CreateRangeStmt"),
        *("CreateSchemaStmt", "CreateSeqStmt", "CreateStatsStmt", "CreateStmt", "CreateTableAsStmt"),
        *("CreateTransformStmt", "CreateTrigStmt", "DefineStmt", "DoStmt", "DropStmt", "IndexStmt", "RenameStmt"),
        *("RuleStmt", "ViewStmt"),
    }
)

RIGHTS = frozenset(
    {
        *("AlterDefaultPrivilegesStmt", "AlterOwnerStmt", "AlterPublicationStmt", "CreatePublicationStmt"),
        *("GrantStmt", "SecLabelStmt"),
    }
)

PASSED_OVER = frozenset(
    {
        # Rows, such as the list of versions that dbmate and Rails write at the end.
        "InsertStmt",
        # A structure has neither, and both would connect to other servers.
        *("AlterSubscriptionStmt", "AlterUserMappingStmt", "CreateSubscriptionStmt", "CreateUserMappingStmt"),
        # Every statement is committed by itself.
        "TransactionStmt",
    }
)

SESSION = frozenset(
    {
        *("client_encoding", "client_min_messages", "default_with_oids", "idle_in_transaction_session_timeout"),
        *("idle_session_timeout", "lock_timeout", "row_security", "standard_conforming_strings"),
        *("statement_timeout", "transaction_timeout", "xmloption"),
    }
)
"""Settings at the head of a dump that change nothing of the structure, and that an older server may not know."""

CHANGED_SETTINGS = frozenset(
    {"check_function_bodies", "default_table_access_method", "default_tablespace", "search_path", "timezone"}
)

OF_SERVER = frozenset({"OBJECT_DATABASE", "OBJECT_ROLE", "OBJECT_SUBSCRIPTION", "OBJECT_TABLESPACE"})
"""What a comment may be about without being about the structure of this database."""

RESERVED = frozenset({"postgres", "rowkeep_structure"})


def read_structure_script(source: Source) -> StructureScript:
    """Read the file. Raises Unparsable for a syntax error, a psql command, rows, and what no structure needs."""
    statements: list[ScriptStatement] = []
    extensions: list[ScriptExtension] = []
    roles: set[str] = set()
    owners = grants = False
    for item in read_statements(map_plain(source.text, 0)):
        raw = _check(source, item)
        if raw is None:
            continue
        roles.update(_role_names(raw.node))
        if raw.kind == "CreateExtensionStmt":
            extensions.append(ScriptExtension(raw.node.get("extname", ""), _extension_schema(raw.node), raw.span))
            continue
        part = _part(source, raw)
        if part is None:
            continue
        owners = owners or raw.kind == "AlterOwnerStmt" or _changes_owner(raw)
        grants = grants or raw.kind in ("GrantStmt", "AlterDefaultPrivilegesStmt")
        text = source.text[raw.span.start : raw.span.end]
        statements.append(ScriptStatement(text, raw.span, part, _empty_schema(raw)))
    names = tuple(sorted(name for name in roles if name not in RESERVED and not name.startswith("pg_")))
    # pg_dump leaves out owners alone, but never grants alone.
    return StructureScript(source, tuple(statements), tuple(extensions), names, owners, grants or owners)


def _check(source: Source, item: RawStatement | BrokenStatement | NonSqlText) -> RawStatement | None:
    match item:
        case RawStatement():
            return item
        case NonSqlText(span=span, kind=PieceKind.PSQL_COMMAND):
            if RESTRICT.fullmatch(source.text[span.start : span.end].rstrip("\r\n")):
                return None
            raise _refuse(source, span, "a psql command is not run")
        case NonSqlText(span=span):
            raise _refuse(source, span, "the file contains rows: write it with pg_dump --schema-only")
        case BrokenStatement(word=word, message=message):
            raise _refuse(source, word, message)


def _part(source: Source, raw: RawStatement) -> ScriptPart | None:
    """When the statement runs; None if it does not. Raises Unparsable for what no structure needs."""
    kind, node = raw.kind, raw.node
    if kind in PASSED_OVER:
        return None
    if kind == "VariableSetStmt":
        return _part_of_setting(source, raw, node.get("name", ""))
    if kind == "SelectStmt":
        name, arguments = _called_function(node)
        if name == "set_config" and arguments:
            return _part_of_setting(source, raw, _text(arguments[0]))
        if name == "setval":
            return None
    if kind == "CommentStmt":
        about = node.get("objtype", "")
        if about in OF_SERVER:
            return None
        return ScriptPart.EVENT_TRIGGERS if about == "OBJECT_EVENT_TRIGGER" else ScriptPart.RIGHTS
    if kind in ("AlterEventTrigStmt", "CreateEventTrigStmt"):
        return ScriptPart.EVENT_TRIGGERS
    if kind == "AlterOwnerStmt" and node.get("objectType") == "OBJECT_EVENT_TRIGGER":
        return ScriptPart.EVENT_TRIGGERS
    if kind in RIGHTS or _changes_owner(raw):
        return ScriptPart.RIGHTS
    if kind in OBJECTS or kind == "AlterTableStmt":
        return ScriptPart.OBJECTS
    words = " ".join(source.text[raw.span.start : raw.span.end].split()[:3])
    raise _refuse(source, raw.span, f"{words} …: no such statement belongs to the structure of a database")


def _part_of_setting(source: Source, raw: RawStatement, name: str) -> ScriptPart | None:
    name = name.lower()
    if name in SESSION:
        return None
    if name in CHANGED_SETTINGS:
        return ScriptPart.OBJECTS
    raise _refuse(source, raw.span, f"the setting {name or '(none)'} does not belong to the structure of a database")


def _called_function(node: Node) -> tuple[str, list[Any]]:
    """The function that `SELECT f(…)` calls and nothing else, and its arguments."""
    if set(node) - {"targetList", "limitOption", "op"} or len(node.get("targetList", ())) != 1:
        return "", []
    call = node["targetList"][0].get("ResTarget", {}).get("val", {}).get("FuncCall", {})
    names = [part.get("String", {}).get("sval", "") for part in call.get("funcname", ())]
    if names[:-1] not in ([], ["pg_catalog"]):
        return "", []
    return names[-1] if names else "", call.get("args", [])


def _text(node: Any) -> str:
    return str(node.get("A_Const", {}).get("sval", {}).get("sval", ""))


def _changes_owner(raw: RawStatement) -> bool:
    """Whether ALTER TABLE (or VIEW, SEQUENCE …) does nothing but change the owner."""
    commands = raw.node.get("cmds", ()) if raw.kind == "AlterTableStmt" else ()
    return bool(commands) and all(
        command.get("AlterTableCmd", {}).get("subtype") == "AT_ChangeOwner" for command in commands
    )


def _empty_schema(raw: RawStatement) -> str | None:
    """The schema that the statement creates without anything in it."""
    if raw.kind != "CreateSchemaStmt" or raw.node.get("schemaElts"):
        return None
    return raw.node.get("schemaname")


def _extension_schema(node: Node) -> str | None:
    for option in node.get("options", ()):
        if option.get("DefElem", {}).get("defname") == "schema":
            return str(option["DefElem"].get("arg", {}).get("String", {}).get("sval", "")) or None
    return None


def _role_names(tree: Any) -> Iterator[str]:
    """Every role that the statement names."""
    stack = [tree]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            if value.get("roletype") == "ROLESPEC_CSTRING":
                yield value.get("rolename", "")
            stack.extend(value.values())


def _refuse(source: Source, span: Span, why: str) -> Unparsable:
    return Unparsable(
        "the structure file cannot be used",
        code=ErrorCode.SCHEMA_FILE_INVALID,
        where=source.place(span.start),
        why=why,
        excerpt=source.excerpt(span),
        instead=("rowkeep schema dump", "pg_dump --schema-only"),
    )
