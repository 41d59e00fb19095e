"""Objects without an operation class of their own: where the parse tree holds their names and options."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.operation import AlterObject, CreateObject, FrameKind, Name, ObjectKind, Operation
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.registry import Handler, operations_of
from rowkeep.parse.operations.statement_options import object_kind, option_text, option_texts
from rowkeep.parse.reader import StatementReader, as_name, object_name, qualified_name
from rowkeep.parse.tree import node_kind, string_values


def _create(kind: ObjectKind, field: str) -> Handler:
    def handler(reader: StatementReader, node: Node) -> Iterator[Operation]:
        yield CreateObject(
            reader.whole,
            reader.inside,
            kind,
            _read_name(reader, node, field),
            bool(node.get("if_not_exists")),
            bool(node.get("replace")),
            option_texts(node.get("options", ())),
        )

    return handler


def _alter(kind: ObjectKind, field: str, action: str = "") -> Handler:
    def handler(reader: StatementReader, node: Node) -> Iterator[Operation]:
        name = _read_name(reader, node, field)
        yield AlterObject(reader.whole, reader.inside, kind, name, action, option_texts(node.get("options", ())))

    return handler


def _read_name(reader: StatementReader, node: Node, field: str) -> Name:
    value = node.get(field, "")
    if isinstance(value, str):
        return as_name(value)
    return qualified_name(value) if isinstance(value, list) else reader.name(value)


def schema(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE SCHEMA and its elements."""
    name = as_name(node.get("schemaname") or node.get("authrole", {}).get("rolename", ""))
    yield CreateObject(reader.whole, reader.inside, ObjectKind.SCHEMA, name, bool(node.get("if_not_exists")))
    inner = reader.within(FrameKind.SCHEMA, reader.whole, name.name)
    for element in node.get("schemaElts", ()):
        kind, fields = node_kind(element)
        yield from operations_of(inner, kind, fields)


def define(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE AGGREGATE, OPERATOR, TYPE, COLLATION, TEXT SEARCH …"""
    kind = object_kind(node["kind"])
    name = qualified_name(node.get("defnames"))
    skip, replace = bool(node.get("if_not_exists")), bool(node.get("replace"))
    yield CreateObject(
        reader.whole, reader.inside, kind, name, skip, replace, option_texts(node.get("definition", ()))
    )


def statistics(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE STATISTICS."""
    name, skip = qualified_name(node.get("defnames")), bool(node.get("if_not_exists"))
    yield CreateObject(reader.whole, reader.inside, ObjectKind.STATISTICS, name, skip)


def extension_contents(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER EXTENSION … ADD or DROP a member."""
    action = "DROP" if node.get("action") == -1 else "ADD"
    yield AlterObject(reader.whole, reader.inside, ObjectKind.EXTENSION, as_name(node["extname"]), action)


def publication(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE PUBLICATION and ALTER PUBLICATION, with their tables as options."""
    name = as_name(node["pubname"])
    options = option_texts(node.get("options", ()))
    for item in node.get("pubobjects", ()):
        spec = item["PublicationObjSpec"]
        table = reader.name(spec["pubtable"]["relation"]).written if "pubtable" in spec else spec.get("name", "")
        options = (*options, ("table" if "pubtable" in spec else "schema", table))
    if node.get("for_all_tables"):
        options = (*options, ("all tables", "true"))
    if "action" in node:
        action = node["action"].removeprefix("AP_").removesuffix("Objects").upper()
        yield AlterObject(reader.whole, reader.inside, ObjectKind.PUBLICATION, name, action, options)
    else:
        yield CreateObject(reader.whole, reader.inside, ObjectKind.PUBLICATION, name, options=options)


def alter_subscription(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER SUBSCRIPTION."""
    action = node.get("kind", "").removeprefix("ALTER_SUBSCRIPTION_").replace("_", " ")
    options = option_texts(node.get("options", ()))
    yield AlterObject(reader.whole, reader.inside, ObjectKind.SUBSCRIPTION, as_name(node["subname"]), action, options)


def alter_database_set(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER DATABASE … SET."""
    statement = node.get("setstmt", {})
    variable = statement.get("name", "all").lower()
    value = ", ".join(option_text(item) for item in statement.get("args", ()))
    name = as_name(node["dbname"])
    yield AlterObject(reader.whole, reader.inside, ObjectKind.DATABASE, name, "SET", ((variable, value),))


def depends(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER … DEPENDS ON EXTENSION."""
    name = reader.name(node["relation"]) if "relation" in node else object_name(node.get("object", {}))
    yield AlterObject(reader.whole, reader.inside, object_kind(node["objectType"]), name, "DEPENDS ON EXTENSION")


def cast(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE CAST, named by its two types."""
    source, target = (".".join(string_values(node[field].get("names"))) for field in ("sourcetype", "targettype"))
    yield CreateObject(reader.whole, reader.inside, ObjectKind.OTHER, as_name(f"{source} AS {target}"))


def _import_foreign_schema(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """IMPORT FOREIGN SCHEMA. options: the schema that gets the tables, and those that LIMIT TO names."""
    limited = node.get("list_type") == "FDW_IMPORT_SCHEMA_LIMIT_TO"
    tables = [each.name for each in reader.names(node.get("table_list"))] if limited else []
    options = (("into", node.get("local_schema", "")), *(("table", name) for name in tables))
    yield CreateObject(
        reader.whole, reader.inside, ObjectKind.FOREIGN_TABLE, as_name(node.get("remote_schema", "")), options=options
    )


HANDLERS: dict[str, Handler] = {
    "CreateSchemaStmt": schema,
    "DefineStmt": define,
    "CreateStatsStmt": statistics,
    "CreateSeqStmt": _create(ObjectKind.SEQUENCE, "sequence"),
    "AlterSeqStmt": _alter(ObjectKind.SEQUENCE, "sequence"),
    "CreateExtensionStmt": _create(ObjectKind.EXTENSION, "extname"),
    "AlterExtensionStmt": _alter(ObjectKind.EXTENSION, "extname", "UPDATE"),
    "AlterExtensionContentsStmt": extension_contents,
    "CreatedbStmt": _create(ObjectKind.DATABASE, "dbname"),
    "AlterDatabaseStmt": _alter(ObjectKind.DATABASE, "dbname"),
    "AlterDatabaseSetStmt": alter_database_set,
    "AlterDatabaseRefreshCollStmt": _alter(ObjectKind.DATABASE, "dbname", "REFRESH COLLATION VERSION"),
    "CreateTableSpaceStmt": _create(ObjectKind.TABLESPACE, "tablespacename"),
    "AlterTableSpaceOptionsStmt": _alter(ObjectKind.TABLESPACE, "tablespacename"),
    "CreatePublicationStmt": publication,
    "AlterPublicationStmt": publication,
    "CreateSubscriptionStmt": _create(ObjectKind.SUBSCRIPTION, "subname"),
    "AlterSubscriptionStmt": alter_subscription,
    "CreateEventTrigStmt": _create(ObjectKind.EVENT_TRIGGER, "trigname"),
    "AlterEventTrigStmt": _alter(ObjectKind.EVENT_TRIGGER, "trigname"),
    "CreateFdwStmt": _create(ObjectKind.OTHER, "fdwname"),
    "AlterFdwStmt": _alter(ObjectKind.OTHER, "fdwname"),
    "CreateForeignServerStmt": _create(ObjectKind.SERVER, "servername"),
    "AlterForeignServerStmt": _alter(ObjectKind.SERVER, "servername"),
    "CreateUserMappingStmt": _create(ObjectKind.USER_MAPPING, "servername"),
    "AlterUserMappingStmt": _alter(ObjectKind.USER_MAPPING, "servername"),
    "ImportForeignSchemaStmt": _import_foreign_schema,
    "CreatePLangStmt": _create(ObjectKind.LANGUAGE, "plname"),
    "CreateAmStmt": _create(ObjectKind.OTHER, "amname"),
    "CreateConversionStmt": _create(ObjectKind.OTHER, "conversion_name"),
    "CreateOpClassStmt": _create(ObjectKind.OTHER, "opclassname"),
    "CreateOpFamilyStmt": _create(ObjectKind.OTHER, "opfamilyname"),
    "AlterOpFamilyStmt": _alter(ObjectKind.OTHER, "opfamilyname"),
    "AlterOperatorStmt": _alter(ObjectKind.OTHER, "opername"),
    "AlterTypeStmt": _alter(ObjectKind.TYPE, "typeName"),
    "AlterCollationStmt": _alter(ObjectKind.OTHER, "collname", "REFRESH VERSION"),
    "AlterStatsStmt": _alter(ObjectKind.STATISTICS, "defnames"),
    "AlterTSConfigurationStmt": _alter(ObjectKind.OTHER, "cfgname"),
    "AlterTSDictionaryStmt": _alter(ObjectKind.OTHER, "dictname"),
    "CreateCastStmt": cast,
    "CreateTransformStmt": _create(ObjectKind.OTHER, "lang"),
    "AlterObjectDependsStmt": depends,
}
