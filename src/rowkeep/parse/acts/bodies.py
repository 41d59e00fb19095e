"""What brings code with it: functions, DO blocks, prepared statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rowkeep.domain.act import (
    Act,
    AlterFunction,
    CreateFunction,
    DoBlock,
    ExecutePrepared,
    FrameKind,
    Opaque,
    Prepare,
)
from rowkeep.parse.acts.data import called
from rowkeep.parse.acts.options import option_text, option_texts
from rowkeep.parse.expression import constant
from rowkeep.parse.library import Node
from rowkeep.parse.literal import string_at
from rowkeep.parse.mapped import Mapped
from rowkeep.parse.reader import Reader, name_of, named
from rowkeep.parse.statements import inner_acts
from rowkeep.parse.tree import strings, tagged

_READ = ("sql", "plpgsql")


def function(reader: Reader, node: Node) -> Iterator[Act]:
    """CREATE FUNCTION and CREATE PROCEDURE, and what the body will do."""
    options = {item["DefElem"]["defname"]: item["DefElem"] for item in node.get("options", ())}
    settings = [item["DefElem"]["arg"] for item in node.get("options", ()) if item["DefElem"]["defname"] == "set"]
    language = option_text(options["language"].get("arg")).lower() if "language" in options else "sql"
    name = name_of(node.get("funcname"))
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


def called_with(reader: Reader, node: Node, arguments: Sequence[str | None]) -> Iterator[Act]:
    """What the body of a function in PL/pgSQL does when it is called with `arguments`, None for those nobody knows.

    Nothing, where none of them is known, and for other languages: there a parameter is no text.
    """
    options = {item["DefElem"]["defname"]: item["DefElem"] for item in node.get("options", ())}
    language = option_text(options["language"].get("arg")).lower() if "language" in options else "sql"
    given = _given(node, arguments)
    if language == "plpgsql" and any(given.values()):
        yield from _code(reader, node, language, options, given)


def _given(node: Node, arguments: Sequence[str | None]) -> dict[str, tuple[str, ...]]:
    """What each input parameter holds, by its name and by its number (`$1`); defaults where the call says nothing."""
    parameters = [item["FunctionParameter"] for item in node.get("parameters", ())]
    inputs = [each for each in parameters if each.get("mode") not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")]
    found: dict[str, tuple[str, ...]] = {}
    for number, parameter in enumerate(inputs):
        values = tuple(arguments[number : number + 1])
        if parameter.get("mode") == "FUNC_PARAM_VARIADIC":
            values = tuple(arguments[number:])
        elif number >= len(arguments) and "defexpr" in parameter:
            values = (constant(parameter["defexpr"])[1],)
        told = tuple(value for value in values if value is not None)
        if told and len(told) == len(values):
            found[f"${number + 1}"] = told
            if parameter.get("name"):
                found[parameter["name"].lower()] = told
    return found


def _code(
    reader: Reader, node: Node, language: str, options: dict[str, Node], given: dict[str, tuple[str, ...]]
) -> Iterator[Act]:
    """The body of a function. given: what its parameters hold."""
    stored = reader.within(FrameKind.FUNCTION, reader.whole, name_of(node.get("funcname")).written)
    if "sql_body" in node:
        yield from _atomic(stored, node["sql_body"])
    elif "as" in options:
        parameters = [item["FunctionParameter"] for item in node.get("parameters", ())]
        texts = strings(options["as"].get("arg", {}).get("List", {}).get("items"))
        body = string_at(reader, options["as"].get("location"), texts[0]) if len(texts) == 1 else None
        types = {each.get("name", ""): reader.type(each["argType"]).name for each in parameters}
        if language == "c":
            yield Opaque(reader.whole, stored.inside, f"code of the library {texts[0]}", "it is no text")
        elif body is not None:
            yield from _body(stored, language, body, types, given)


def _type(reader: Reader, node: Node) -> str:
    found = reader.type(node)
    return found.name + ("[]" if found.is_array else "")


def _returns(node: Node | None) -> str:
    """Its result's type: `int4`, `text[]`, `setof record`; nothing where OUT arguments say it."""
    if node is None:
        return ""
    many = "setof " if node.get("setof") else ""
    return many + ".".join(strings(node.get("names"))[-1:]) + ("[]" if node.get("arrayBounds") else "")


def _search_path(settings: list[Node]) -> str | None:
    for setting in settings:
        node = setting.get("VariableSetStmt", {})
        if node.get("name", "").lower() == "search_path":
            return ", ".join(option_text(value) for value in node.get("args", ()))
    return None


def _atomic(reader: Reader, tree: Node) -> Iterator[Act]:
    """BEGIN ATOMIC … END, and RETURN expression."""
    from rowkeep.parse.acts.dispatch import acts

    waiting = [tree]
    while waiting:
        kind, node = tagged(waiting.pop(0))
        if kind == "List":
            waiting = [*node.get("items", ()), *waiting]
        elif kind == "ReturnStmt":
            yield from called(reader, node)
        elif kind:
            yield from acts(reader, kind, node)


def do(reader: Reader, node: Node) -> Iterator[Act]:
    """DO, and what it does."""
    options = {item["DefElem"]["defname"]: item["DefElem"] for item in node.get("args", ())}
    language = option_text(options["language"].get("arg")).lower() if "language" in options else "plpgsql"
    yield DoBlock(reader.whole, reader.inside, language, language in _READ)
    body = string_at(reader, options["as"].get("location"), option_text(options["as"].get("arg")))
    yield from _body(reader.within(FrameKind.DO, reader.whole), language, body, {}, {})


def _body(
    reader: Reader, language: str, body: Mapped, types: dict[str, str], given: dict[str, tuple[str, ...]]
) -> Iterator[Act]:
    if language == "plpgsql":
        from rowkeep.parse.plpgsql.acts import body_acts

        yield from body_acts(body, reader.inside, types, given)
    elif language == "sql":
        yield from inner_acts(body, reader.inside)
    else:
        span = body.span(0, len(body.text))
        yield Opaque(span, reader.inside, f"code in {language}", "Rowkeep reads SQL and PL/pgSQL only")


def alter_function(reader: Reader, node: Node) -> Iterator[Act]:
    """ALTER FUNCTION … options."""
    name = name_of(node.get("func", {}).get("objname"))
    yield AlterFunction(reader.whole, reader.inside, name, option_texts(node.get("actions", ())))


def prepare(reader: Reader, node: Node) -> Iterator[Act]:
    """PREPARE, and what EXECUTE of it will do."""
    from rowkeep.parse.acts.dispatch import acts

    name = named(node["name"])
    yield Prepare(reader.whole, reader.inside, name)
    kind, inner = tagged(node["query"])
    yield from acts(reader.within(FrameKind.PREPARED, reader.whole, name.name), kind, inner)


def execute(reader: Reader, node: Node) -> Iterator[Act]:
    """EXECUTE of a prepared statement."""
    yield ExecutePrepared(reader.whole, reader.inside, named(node["name"]))
    yield from called(reader, {"List": {"items": node.get("params", [])}})


HANDLERS: dict[str, Callable[[Reader, Node], Iterable[Act]]] = {
    "CreateFunctionStmt": function,
    "DoStmt": do,
    "AlterFunctionStmt": alter_function,
    "PrepareStmt": prepare,
    "ExecuteStmt": execute,
}
