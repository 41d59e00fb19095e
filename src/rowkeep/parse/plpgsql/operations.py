"""A PL/pgSQL body to operations, in the order in which it runs, tracking the known values of its variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.operation import (
    CallFunction,
    Frame,
    FrameKind,
    Opaque,
    Operation,
    Returns,
    Transaction,
    UnreadableSql,
)
from rowkeep.domain.source import Span
from rowkeep.parse.operations.data import calls_in, operations_of_query
from rowkeep.parse.plpgsql.fold import fold_texts
from rowkeep.parse.plpgsql.nodes import (
    Assign,
    Block,
    Choice,
    Control,
    Execute,
    Loop,
    Node,
    Perform,
    PlpgsqlFault,
    Return,
    Sql,
)
from rowkeep.parse.plpgsql.parse_body import parse_body
from rowkeep.parse.plpgsql.scope import FoldedText, Scope, Values, known_text
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.statements import (
    BrokenStatement,
    RawStatement,
    operations_of_inner_sql,
    operations_of_statements,
    read_statements,
)
from rowkeep.parse.text.mapped_text import MappedText, map_replacement
from rowkeep.parse.tree import node_kind

Inside = tuple[Frame, ...]


def operations_of_body(
    body: MappedText, inside: Inside, types: dict[str, str], parameters: Mapping[str, tuple[str, ...]]
) -> Iterator[Operation]:
    """What the PL/pgSQL of `body` does. types: of the function's parameters, by name; parameters: their texts."""
    walk = _Walk(Scope({}, {name.lower(): kind for name, kind in types.items()}))
    for name, texts in parameters.items():
        walk.scope.set(name, tuple(known_text(map_replacement(text, _span(body))) for text in texts))
    yield from walk.node(parse_body(body), inside)


def operations_of_text(value: FoldedText, inside: Inside, at: Span) -> Iterator[Operation]:
    """What running the text `value` does. A text with gaps is also opaque, and a syntax error in it means nothing."""
    frame = (*inside, Frame(FrameKind.EXECUTE, at, value.text.text))
    found = list(operations_of_inner_sql(value.text, frame))
    if value.gaps:
        found = [operation for operation in found if not isinstance(operation, UnreadableSql)]
        head = " ".join(value.head.split())
        what = f"a text that begins with {head!r}" if head else "a text"
        found.append(Opaque(at, inside, f"EXECUTE of {what}", f"only the running program knows {value.gaps[0]}"))
    yield from found


@dataclass(slots=True)
class _Walk:
    scope: Scope

    def node(self, node: Node, inside: Inside) -> Iterator[Operation]:
        match node:
            case Block():
                yield from self.block(node, inside)
            case Choice():
                yield from self.choice(node, inside)
            case Loop():
                yield from self.loop(node, inside)
            case Sql():
                yield from self.sql(node, inside)
            case Perform(expressions=expressions):
                for text in expressions:
                    yield from self.expression(text, inside, is_query=True)[0]
            case Assign(target=target, expression=text):
                found, values = self.expression(text, inside)
                self.scope.set(target, values)
                yield from found
            case Execute():
                yield from self.execute(node, inside)
            case Return(text=text):
                yield Returns(_span(text), inside, text.text.lower())
            case Control(text=text, action=action, chain=chain):
                yield Transaction(_span(text), inside, action, "", chain)
            case PlpgsqlFault(text=text, message=message):
                yield UnreadableSql(_span(text), inside, message)

    def body(self, nodes: Iterable[Node], inside: Inside) -> Iterator[Operation]:
        for node in nodes:
            yield from self.node(node, inside)

    def block(self, block: Block, inside: Inside) -> Iterator[Operation]:
        for variable in block.variables:
            self.scope.types[variable.name] = variable.type
            self.scope.forget((variable.name,))
            if variable.default is not None:
                found, values = self.expression(variable.default, inside)
                self.scope.set(variable.name, values)
                yield from found
            if variable.query is not None:
                yield from operations_of_inner_sql(variable.query, inside)
        if not block.handlers:
            yield from self.body(block.body, inside)
            return
        caught = ", ".join(handler.conditions for handler in block.handlers)
        before = self.scope.copy()
        yield from self.body(block.body, (*inside, Frame(FrameKind.PROTECTED, _span(block.text), caught)))
        ways = [self.scope.copy()]
        for handler in block.handlers:
            self.scope = before.copy()
            self.scope.forget(_track_assignment(block.body))
            frame = Frame(FrameKind.HANDLER, _span(block.text), handler.conditions)
            yield from self.body(handler.body, (*inside, frame))
            ways.append(self.scope)
        self.scope = before
        self.scope.merge(ways)

    def choice(self, choice: Choice, inside: Inside) -> Iterator[Operation]:
        if choice.subject is not None:
            yield from self.expression(choice.subject, inside)[0]
        before = self.scope
        ways = []
        for condition, body in choice.arms:
            self.scope = before.copy()
            if condition is not None:
                yield from self.expression(condition, inside)[0]
            frame = Frame(FrameKind.BRANCH, _span(choice.text), condition.text if condition is not None else "")
            yield from self.body(body, (*inside, frame))
            ways.append(self.scope)
        if all(condition is not None for condition, _ in choice.arms):
            ways.append(before.copy())
        self.scope = before
        self.scope.merge(ways)

    def loop(self, loop: Loop, inside: Inside) -> Iterator[Operation]:
        values: Values = ()
        for text in loop.values:
            found, values = self.expression(text, inside)
            yield from found
        changed = [*_track_assignment(loop.body), loop.target]
        self.scope.forget(changed)
        if loop.counts:
            self.scope.types[loop.target] = "integer"
        elif loop.target and loop.query is None and loop.dynamic is None:
            # FOREACH: the variable holds one element after the other.
            self.scope.set(loop.target, values)
        if loop.query is not None:
            yield from self.sql(Sql(loop.query, (loop.target,)), inside)
        if loop.dynamic is not None:
            yield from self.execute(Execute(loop.dynamic, loop.dynamic), inside)
        frame = Frame(FrameKind.LOOP, _span(loop.text), loop.query.text if loop.query is not None else "")
        yield from self.body(loop.body, (*inside, frame))
        self.scope.forget(changed)

    def sql(self, sql: Sql, inside: Inside) -> Iterator[Operation]:
        self.scope.forget(sql.into)
        statements = tuple(read_statements(sql.text, inside))
        for each in statements:
            if isinstance(each, RawStatement) and sql.into and each.kind == "SelectStmt":
                self._fill(each, sql.into)
        yield from operations_of_statements(statements, inside)

    def _fill(self, raw: RawStatement, into: tuple[str, ...]) -> None:
        """SELECT expressions INTO variables; one record takes them all as its fields."""
        targets = [item["ResTarget"] for item in raw.node.get("targetList", ())]
        values = [fold_texts(raw.reader, target.get("val"), self.scope) for target in targets]
        if len(into) == len(targets):
            for name, value in zip(into, values, strict=True):
                self.scope.set(name, value)
        if len(into) == 1:
            for target, value in zip(targets, values, strict=True):
                if "name" in target:
                    self.scope.values[f"{into[0]}.{target['name']}"] = value

    def expression(
        self, text: MappedText, inside: Inside, *, is_query: bool = False
    ) -> tuple[list[Operation], Values]:
        """What evaluating an expression does (calls), and its possible texts."""
        if not text.text.strip():
            return [], ()
        place = _span(text)
        query = map_replacement("SELECT ", Span(place.start, place.start)).concat(text)
        for each in read_statements(query, inside):
            if isinstance(each, BrokenStatement):
                return [UnreadableSql(each.word, inside, each.message)], ()
            if isinstance(each, RawStatement) and each.kind == "SelectStmt":
                targets = each.node.get("targetList", ())
                value = targets[0]["ResTarget"].get("val") if len(targets) == 1 else None
                whole = {"SelectStmt": each.node}
                found = (
                    operations_of_query(each.reader, whole)
                    if is_query and "fromClause" in each.node
                    else calls_in(each.reader, whole, for_effect=True)
                )
                operations = [self.with_known_arguments(operation, each.reader, value) for operation in found]
                return operations, fold_texts(each.reader, value, self.scope) if value is not None else ()
        return [], ()

    def with_known_arguments(self, operation: Operation, reader: StatementReader, value: Any) -> Operation:
        """A call (`PERFORM f(child)`) with the arguments that are known from the variables."""
        kind, node = node_kind(value)
        if (
            kind != "FuncCall"
            or not isinstance(operation, CallFunction)
            or operation.span != reader.token(node["location"])
        ):
            return operation
        pairs = zip(operation.call.arguments, node.get("args", ()), strict=False)
        arguments = tuple(
            _only(fold_texts(reader, tree, self.scope)) if text is None else text for text, tree in pairs
        )
        return replace(operation, call=replace(operation.call, arguments=arguments))

    def execute(self, execute: Execute, inside: Inside) -> Iterator[Operation]:
        found, values = self.expression(execute.expression, inside)
        yield from found
        for text in execute.using:
            yield from self.expression(text, inside)[0]
        self.scope.forget(execute.into)
        seen: list[Operation] = []
        for value in values:
            for operation in operations_of_text(value, inside, _span(execute.expression)):
                # Of several texts, one that is not SQL may never occur.
                if operation not in seen and not (len(values) > 1 and isinstance(operation, UnreadableSql)):
                    seen.append(operation)
        if values and not seen and any(value.text.text.strip() for value in values):
            seen.append(Opaque(_span(execute.expression), inside, "EXECUTE of a text", "no way to read it gives SQL"))
        yield from seen


def _span(text: MappedText) -> Span:
    return text.span(0, len(text.text))


def _track_assignment(nodes: Iterable[Node]) -> list[str]:
    """Every variable that the statements may change."""
    found: list[str] = []
    waiting = list(nodes)
    while waiting:
        match waiting.pop():
            case Assign(target=target):
                found.append(target)
            case Sql(into=into) | Execute(into=into):
                found.extend(into)
            case Block(body=body, handlers=handlers):
                waiting.extend(body)
                waiting.extend(inner for handler in handlers for inner in handler.body)
            case Choice(arms=arms):
                waiting.extend(inner for _, body in arms for inner in body)
            case Loop(body=body, target=target):
                found.append(target)
                waiting.extend(body)
    return found


def _only(values: Values) -> str | None:
    """The text of an expression if there is only one, else None."""
    return values[0].text.text if len(values) == 1 and not values[0].gaps else None
