"""Statements that contain code: functions, DO blocks, prepared statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rowkeep.domain.operation import (
    AlterFunction,
    CreateFunction,
    DoBlock,
    ExecutePrepared,
    FrameKind,
    Opaque,
    Operation,
    Prepare,
)
from rowkeep.parse.expression import constant
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.data import calls_in
from rowkeep.parse.operations.registry import Handler, operations_of
from rowkeep.parse.operations.statement_options import option_text, option_texts
from rowkeep.parse.reader import StatementReader, as_name, qualified_name
from rowkeep.parse.statements import operations_of_inner_sql
from rowkeep.parse.text.literal import find_string
from rowkeep.parse.text.mapped_text import MappedText
from rowkeep.parse.tree import node_kind, string_values

_READ = ("sql", "plpgsql")


def function(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE FUNCTION and CREATE PROCEDURE, and what the body will do."""
    options = {item["DefElem"]["defname"]: item["DefElem"] for item in node.get("options", ())}
    settings = [item["DefElem"]["arg"] for item in node.get("options", ()) if item["DefElem"]["defname"] == "set"]
    language = option_text(options["language"].get("arg")).lower() if "language" in options else "sql"
    name = qualified_name(node.get("funcname"))
    parameters = [item["FunctionParameter"] for item in node.get("parameters", ())]
    inputs = [each for each in parameters if each.get("mode") not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")]
    yield CreateFunction(
        reader.whole,
        reader.inside,
        name,
        language,
        bool(node.get("is_procedure")),
        bool(node.get("replace")),
        option_text(options["security"].get("arg")) == "true" if "security" in options else False,
        _search_path(settings),
        option_text(options["volatility"].get("arg")) if "volatility" in options else "volatile",
        _returns(node.get("returnType")),
        language in _READ,
        len(inputs),
        tuple(_type(reader, each["argType"]) for each in inputs),
        tuple(each.get("name", "") for each in inputs),
        "sql_body" in node,
    )
    yield from _code(reader, node, language, options, {})


def body_called_with(reader: StatementReader, node: Node, arguments: Sequence[str | None]) -> Iterator[Operation]:
    """What the body of a PL/pgSQL function does when it is called with `arguments`, None for unknown ones.

    Empty if none of them is known, and for other languages.
    """
    options = {item["DefElem"]["defname"]: item["DefElem"] for item in node.get("options", ())}
    language = option_text(options["language"].get("arg")).lower() if "language" in options else "sql"
    parameter_values = _parameter_values(node, arguments)
    if language == "plpgsql" and any(parameter_values.values()):
        yield from _code(reader, node, language, options, parameter_values)


def _parameter_values(node: Node, arguments: Sequence[str | None]) -> dict[str, tuple[str, ...]]:
    """The value of each input parameter, by its name and its number (`$1`); its default if the call omits it."""
    parameters = [item["FunctionParameter"] for item in node.get("parameters", ())]
    inputs = [each for each in parameters if each.get("mode") not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")]
    found: dict[str, tuple[str, ...]] = {}
    for number, parameter in enumerate(inputs):
        values = tuple(arguments[number : number + 1])
        if parameter.get("mode") == "FUNC_PARAM_VARIADIC":
            values = tuple(arguments[number:])
        elif number >= len(arguments) and "defexpr" in parameter:
            values = (constant(parameter["defexpr"])[1],)
        known = tuple(value for value in values if value is not None)
        if known and len(known) == len(values):
            found[f"${number + 1}"] = known
            if parameter.get("name"):
                found[parameter["name"].lower()] = known
    return found


def _code(
    reader: StatementReader,
    node: Node,
    language: str,
    options: dict[str, Node],
    parameter_values: dict[str, tuple[str, ...]],
) -> Iterator[Operation]:
    """The body of a function. parameter_values: of its parameters, by name."""
    stored = reader.within(FrameKind.FUNCTION, reader.whole, qualified_name(node.get("funcname")).written)
    if "sql_body" in node:
        yield from _atomic(stored, node["sql_body"])
    elif "as" in options:
        parameters = [item["FunctionParameter"] for item in node.get("parameters", ())]
        texts = string_values(options["as"].get("arg", {}).get("List", {}).get("items"))
        body = find_string(reader, options["as"].get("location"), texts[0]) if len(texts) == 1 else None
        types = {each.get("name", ""): reader.type(each["argType"]).name for each in parameters}
        if language == "c":
            yield Opaque(reader.whole, stored.inside, f"code of the library {texts[0]}", "it is no text")
        elif body is not None:
            yield from _body(stored, language, body, types, parameter_values)


def _type(reader: StatementReader, node: Node) -> str:
    found = reader.type(node)
    return found.name + ("[]" if found.is_array else "")


def _returns(node: Node | None) -> str:
    """Its result type: `int4`, `text[]`, `setof record`; empty if OUT arguments define it."""
    if node is None:
        return ""
    many = "setof " if node.get("setof") else ""
    return many + ".".join(string_values(node.get("names"))[-1:]) + ("[]" if node.get("arrayBounds") else "")


def _search_path(settings: list[Node]) -> str | None:
    for setting in settings:
        node = setting.get("VariableSetStmt", {})
        if node.get("name", "").lower() == "search_path":
            return ", ".join(option_text(value) for value in node.get("args", ()))
    return None


def _atomic(reader: StatementReader, tree: Node) -> Iterator[Operation]:
    """BEGIN ATOMIC … END, and RETURN expression."""
    waiting = [tree]
    while waiting:
        kind, node = node_kind(waiting.pop(0))
        if kind == "List":
            waiting = [*node.get("items", ()), *waiting]
        elif kind == "ReturnStmt":
            yield from calls_in(reader, node)
        elif kind:
            yield from operations_of(reader, kind, node)


def do_block(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """DO, and what it does."""
    options = {item["DefElem"]["defname"]: item["DefElem"] for item in node.get("args", ())}
    language = option_text(options["language"].get("arg")).lower() if "language" in options else "plpgsql"
    yield DoBlock(reader.whole, reader.inside, language, language in _READ)
    body = find_string(reader, options["as"].get("location"), option_text(options["as"].get("arg")))
    yield from _body(reader.within(FrameKind.DO, reader.whole), language, body, {}, {})


def _body(
    reader: StatementReader,
    language: str,
    body: MappedText,
    types: dict[str, str],
    parameter_values: dict[str, tuple[str, ...]],
) -> Iterator[Operation]:
    if language == "plpgsql":
        from rowkeep.parse.plpgsql.operations import operations_of_body

        yield from operations_of_body(body, reader.inside, types, parameter_values)
    elif language == "sql":
        yield from operations_of_inner_sql(body, reader.inside)
    else:
        span = body.span(0, len(body.text))
        yield Opaque(span, reader.inside, f"code in {language}", "Rowkeep reads SQL and PL/pgSQL only")


def alter_function(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER FUNCTION … options."""
    name = qualified_name(node.get("func", {}).get("objname"))
    yield AlterFunction(reader.whole, reader.inside, name, option_texts(node.get("actions", ())))


def prepare(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """PREPARE, and what EXECUTE of it will do."""
    name = as_name(node["name"])
    yield Prepare(reader.whole, reader.inside, name)
    kind, inner = node_kind(node["query"])
    yield from operations_of(reader.within(FrameKind.PREPARED, reader.whole, name.name), kind, inner)


def execute(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """EXECUTE of a prepared statement."""
    yield ExecutePrepared(reader.whole, reader.inside, as_name(node["name"]))
    yield from calls_in(reader, {"List": {"items": node.get("params", [])}})


HANDLERS: dict[str, Handler] = {
    "CreateFunctionStmt": function,
    "DoStmt": do_block,
    "AlterFunctionStmt": alter_function,
    "PrepareStmt": prepare,
    "ExecuteStmt": execute,
}
