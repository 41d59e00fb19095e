"""A PL/pgSQL body to acts: walked in the order in which it runs, with what is known of its variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rowkeep.domain.act import Act, CallFunction, Frame, FrameKind, Opaque, Returns, Transaction, Unreadable
from rowkeep.domain.source import Span
from rowkeep.parse.acts.data import called, queried
from rowkeep.parse.mapped import Mapped, standing_for
from rowkeep.parse.plpgsql.fold import fold
from rowkeep.parse.plpgsql.nodes import (
    Assign,
    Block,
    Choice,
    Control,
    Execute,
    Fault,
    Loop,
    Node,
    Perform,
    Return,
    Sql,
)
from rowkeep.parse.plpgsql.scope import Folded, Scope, Values, known
from rowkeep.parse.plpgsql.structure import structure
from rowkeep.parse.reader import Reader
from rowkeep.parse.statements import Broken, Raw, inner_acts, read
from rowkeep.parse.tree import tagged

Inside = tuple[Frame, ...]


def body_acts(
    body: Mapped, inside: Inside, types: dict[str, str], given: Mapping[str, tuple[str, ...]]
) -> Iterator[Act]:
    """What the PL/pgSQL of `body` does. types: of the function's parameters, by name; given: the texts they hold."""
    walk = _Walk(Scope({}, {name.lower(): kind for name, kind in types.items()}))
    for name, texts in given.items():
        walk.scope.set(name, tuple(known(standing_for(text, _span(body))) for text in texts))
    yield from walk.node(structure(body), inside)


def executed(value: Folded, inside: Inside, at: Span) -> Iterator[Act]:
    """What running the text `value` does. A text with gaps is also opaque, and a fault in it says nothing."""
    frame = (*inside, Frame(FrameKind.EXECUTE, at, value.text.text))
    found = list(inner_acts(value.text, frame))
    if value.gaps:
        found = [act for act in found if not isinstance(act, Unreadable)]
        head = " ".join(value.head.split())
        what = f"a text that begins with {head!r}" if head else "a text"
        found.append(Opaque(at, inside, f"EXECUTE of {what}", f"only the running program knows {value.gaps[0]}"))
    yield from found


@dataclass(slots=True)
class _Walk:
    scope: Scope

    def node(self, node: Node, inside: Inside) -> Iterator[Act]:
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
            case Fault(text=text, message=message):
                yield Unreadable(_span(text), inside, message)

    def body(self, nodes: Iterable[Node], inside: Inside) -> Iterator[Act]:
        for node in nodes:
            yield from self.node(node, inside)

    def block(self, block: Block, inside: Inside) -> Iterator[Act]:
        for variable in block.variables:
            self.scope.types[variable.name] = variable.type
            self.scope.forget((variable.name,))
            if variable.default is not None:
                found, values = self.expression(variable.default, inside)
                self.scope.set(variable.name, values)
                yield from found
            if variable.query is not None:
                yield from inner_acts(variable.query, inside)
        if not block.handlers:
            yield from self.body(block.body, inside)
            return
        caught = ", ".join(handler.conditions for handler in block.handlers)
        before = self.scope.copy()
        yield from self.body(block.body, (*inside, Frame(FrameKind.PROTECTED, _span(block.text), caught)))
        ways = [self.scope.copy()]
        for handler in block.handlers:
            self.scope = before.copy()
            self.scope.forget(_assigned(block.body))
            frame = Frame(FrameKind.HANDLER, _span(block.text), handler.conditions)
            yield from self.body(handler.body, (*inside, frame))
            ways.append(self.scope)
        self.scope = before
        self.scope.merge(ways)

    def choice(self, choice: Choice, inside: Inside) -> Iterator[Act]:
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

    def loop(self, loop: Loop, inside: Inside) -> Iterator[Act]:
        values: Values = ()
        for text in loop.values:
            found, values = self.expression(text, inside)
            yield from found
        changed = [*_assigned(loop.body), loop.target]
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

    def sql(self, sql: Sql, inside: Inside) -> Iterator[Act]:
        self.scope.forget(sql.into)
        for each in read(sql.text, inside):
            if isinstance(each, Raw) and sql.into and each.kind == "SelectStmt":
                self._fill(each, sql.into)
        yield from inner_acts(sql.text, inside)

    def _fill(self, raw: Raw, into: tuple[str, ...]) -> None:
        """SELECT expressions INTO variables; one record takes them all as its fields."""
        targets = [item["ResTarget"] for item in raw.node.get("targetList", ())]
        values = [fold(raw.reader, target.get("val"), self.scope) for target in targets]
        if len(into) == len(targets):
            for name, value in zip(into, values, strict=True):
                self.scope.set(name, value)
        if len(into) == 1:
            for target, value in zip(targets, values, strict=True):
                if "name" in target:
                    self.scope.values[f"{into[0]}.{target['name']}"] = value

    def expression(self, text: Mapped, inside: Inside, *, is_query: bool = False) -> tuple[list[Act], Values]:
        """What computing an expression does (calls), and the texts that it may give."""
        if not text.text.strip():
            return [], ()
        place = _span(text)
        query = standing_for("SELECT ", Span(place.start, place.start)).joined(text)
        for each in read(query, inside):
            if isinstance(each, Broken):
                return [Unreadable(each.word, inside, each.message)], ()
            if isinstance(each, Raw) and each.kind == "SelectStmt":
                targets = each.node.get("targetList", ())
                value = targets[0]["ResTarget"].get("val") if len(targets) == 1 else None
                whole = {"SelectStmt": each.node}
                found = (
                    queried(each.reader, whole)
                    if is_query and "fromClause" in each.node
                    else called(each.reader, whole, for_effect=True)
                )
                acts = [self.told(act, each.reader, value) for act in found]
                return acts, fold(each.reader, value, self.scope) if value is not None else ()
        return [], ()

    def told(self, act: Act, reader: Reader, value: Any) -> Act:
        """A call (`PERFORM f(child)`) with the arguments that are known of the variables here."""
        kind, node = tagged(value)
        if kind != "FuncCall" or not isinstance(act, CallFunction) or act.span != reader.token(node["location"]):
            return act
        given = zip(act.call.arguments, node.get("args", ()), strict=False)
        arguments = tuple(_only(fold(reader, tree, self.scope)) if text is None else text for text, tree in given)
        return replace(act, call=replace(act.call, arguments=arguments))

    def execute(self, execute: Execute, inside: Inside) -> Iterator[Act]:
        found, values = self.expression(execute.expression, inside)
        yield from found
        for text in execute.using:
            yield from self.expression(text, inside)[0]
        self.scope.forget(execute.into)
        seen: list[Act] = []
        for value in values:
            for act in executed(value, inside, _span(execute.expression)):
                # Of several texts, one that is no SQL may never come about.
                if act not in seen and not (len(values) > 1 and isinstance(act, Unreadable)):
                    seen.append(act)
        if values and not seen and any(value.text.text.strip() for value in values):
            seen.append(Opaque(_span(execute.expression), inside, "EXECUTE of a text", "no way to read it gives SQL"))
        yield from seen


def _span(text: Mapped) -> Span:
    return text.span(0, len(text.text))


def _assigned(nodes: Iterable[Node]) -> list[str]:
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
    """The one text that an expression gives, None where it may give several or anything."""
    return values[0].text.text if len(values) == 1 and not values[0].gaps else None
