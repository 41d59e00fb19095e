"""Finds every call by which a function of a migration sends SQL, in the order of the text. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation import Frame, FrameKind
from rowkeep.domain.source import Span
from rowkeep.parse.python.checksum import SENDING
from rowkeep.parse.python.literals import explain_unknown, fold_constant, number_placeholders
from rowkeep.parse.python.module import SourcePositions
from rowkeep.parse.text.mapped_text import MappedText, map_replacement

HARMLESS = frozenset({"tell", "transaction", "major", "in_transaction"})
"""Attributes of `rowkeep.Database` that send no SQL of the migration."""


@dataclass(frozen=True, slots=True)
class SentSql:
    """A call. span: all of it. sql: its text, None if it is unknown (`why`). what: the call, for people."""

    span: Span
    inside: tuple[Frame, ...]
    what: str
    sql: MappedText | None = None
    why: str = ""


def find_sent_sql(tree: ast.Module, called: ast.FunctionDef, places: SourcePositions) -> tuple[SentSql, ...]:
    """What `called` sends by its parameter, also through functions of its module."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    constants = _constants(tree.body, places, {})
    finder = _Finder(places, functions, constants)
    finder.enter(called, _parameters(called)[:1])
    return tuple(sorted(dict.fromkeys(finder.found), key=lambda one: one.span.start))


def _parameters(node: ast.FunctionDef) -> list[str]:
    return [each.arg for each in (*node.args.posonlyargs, *node.args.args)]


def _constants(
    body: Iterable[ast.stmt], places: SourcePositions, known: dict[str, MappedText | None]
) -> dict[str, MappedText | None]:
    """The names that are assigned once, and that a text. Any other name is unknown."""
    found = dict(known)
    wrapped = ast.Module(list(body), [])
    stored = [node.id for node in ast.walk(wrapped) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    found.update(dict.fromkeys(stored))
    for node in wrapped.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if stored.count(name) == 1:
                found[name] = fold_constant(value, places, found)
    return found


class _Finder(ast.NodeVisitor):
    """Visits a function, tracking the names of the database object and the surrounding blocks."""

    def __init__(
        self, places: SourcePositions, functions: dict[str, ast.FunctionDef], constants: dict[str, MappedText | None]
    ) -> None:
        self.places = places
        self.functions = functions
        self.constants = constants
        self.names: frozenset[str] = frozenset()
        self.frames: tuple[Frame, ...] = ()
        self.entered: list[str] = []
        self.read: set[ast.FunctionDef] = set()
        self.nested: set[ast.FunctionDef] = set()
        self.found: list[SentSql] = []

    def enter(self, node: ast.FunctionDef, names: Iterable[str]) -> None:
        """Visit the body of a function in which `names` are the database object."""
        if node.name in self.entered:
            return
        before = self.names, self.constants
        arguments = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        self.names = (self.names - arguments) | frozenset(names)
        self.constants = _constants(node.body, self.places, {**self.constants, **dict.fromkeys(arguments)})
        self.entered.append(node.name)
        self.read.add(node)
        outer, self.nested = self.nested, set()
        for statement in node.body:
            self.visit(statement)
        # An inner function sees the database without a parameter, and may be called from anywhere.
        for within in sorted(self.nested - self.read, key=lambda one: one.lineno):
            self.enter(within, ())
        self.nested = outer
        self.entered.pop()
        self.names, self.constants = before

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.functions = {**self.functions, node.name: node}
        self.nested.add(node)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._around(FrameKind.BRANCH, node, (*node.body, *node.orelse))

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._around(FrameKind.LOOP, node, (*node.body, *node.orelse))

    def visit_While(self, node: ast.While) -> None:
        self._around(FrameKind.LOOP, node, (node.test, *node.body, *node.orelse))

    def visit_Try(self, node: ast.Try) -> None:
        self._around(FrameKind.PROTECTED if node.handlers else FrameKind.BRANCH, node, node.body)
        self._around(FrameKind.HANDLER, node, node.handlers)
        for each in (*node.orelse, *node.finalbody):
            self.visit(each)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._around(FrameKind.LOOP, node, list(ast.iter_child_nodes(node)))

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # type: ignore[assignment]  # alike

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.names:
            self._report_unknown(node, f"what is done with {node.id}", "it is handed on to code that is not read here")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not (isinstance(node.value, ast.Name) and node.value.id in self.names and node.attr in HARMLESS):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        match node.func:
            case ast.Attribute(value=ast.Name(id=name), attr=method) if name in self.names:
                self._method(node, name, method)
            case ast.Name(id=name) if name in self.functions:
                self._function(node, self.functions[name])
            case _:
                self.generic_visit(node)

    def _around(self, kind: FrameKind, node: ast.stmt | ast.expr, parts: Iterable[ast.AST]) -> None:
        before, self.frames = self.frames, (*self.frames, Frame(kind, self.places.span(node)))
        for part in parts:
            self.visit(part)
        self.frames = before

    def _function(self, node: ast.Call, called: ast.FunctionDef) -> None:
        """A call of a function of this module: what it sends counts as sent here."""
        database_names = []
        for parameter, value in zip(_parameters(called), node.args, strict=False):
            if isinstance(value, ast.Name) and value.id in self.names:
                database_names.append(parameter)
            else:
                self.visit(value)
        for keyword in node.keywords:
            if keyword.arg and isinstance(keyword.value, ast.Name) and keyword.value.id in self.names:
                database_names.append(keyword.arg)
            else:
                self.visit(keyword.value)
        if database_names or called in self.nested:
            self.enter(called, database_names)

    def _method(self, node: ast.Call, name: str, method: str) -> None:
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        sql = next((word.value for word in node.keywords if word.arg in ("sql", "batch")), None)
        first = node.args[0] if node.args else sql
        if method == "copy_in":
            self._copy(node, f"{name}.{method}", arguments)
        elif method in SENDING and first is not None:
            if method == "batched" and self._batch(node, first):
                return
            self._sends(node, first, f"{name}.{method}", loops=method in ("batched", "execute_many"))
        elif method not in HARMLESS:
            self._report_unknown(node, f"{name}.{method}", "it is none of the methods of rowkeep.Database")
        for each in arguments:
            if each is not first or method in HARMLESS:
                self.visit(each)

    def _batch(self, node: ast.Call, first: ast.expr) -> bool:
        """A batch that is a function: it is called repeatedly."""
        match first:
            case ast.Lambda(body=body):
                self._around(FrameKind.LOOP, node, (body,))
            case ast.Name(id=name) if name in self.functions and self.constants.get(name) is None:
                before, self.frames = self.frames, (*self.frames, Frame(FrameKind.LOOP, self.places.span(node)))
                self.enter(self.functions[name], ())
                self.frames = before
            case _:
                return False
        return True

    def _sends(self, node: ast.Call, first: ast.expr, what: str, *, loops: bool) -> None:
        text = fold_constant(first, self.places, self.constants)
        if text is None:
            self._report_unknown(node, f"{what} of a text that is no constant", explain_unknown(first))
            return
        values = len(node.args) > 1 or any(word.arg in ("params", "rows") for word in node.keywords)
        span = self.places.span(node)
        inside = (*self.frames, Frame(FrameKind.LOOP, span)) if loops else self.frames
        self.found.append(SentSql(span, inside, what, number_placeholders(text) if values else text))

    def _copy(self, node: ast.Call, what: str, arguments: list[ast.expr]) -> None:
        """COPY into a table adds rows, as INSERT does."""
        table = fold_constant(arguments[0], self.places, self.constants) if arguments else None
        if table is None:
            self._report_unknown(
                node, f"{what} into a table that is no constant", explain_unknown(arguments[0] if arguments else node)
            )
            return
        quoted = ".".join('"' + part.replace('"', '""') + '"' for part in table.text.split("."))
        text = map_replacement(f"INSERT INTO {quoted} SELECT FROM nothing", self.places.span(node))
        self.found.append(SentSql(self.places.span(node), self.frames, what, text))

    def _report_unknown(self, node: ast.expr, what: str, why: str) -> None:
        self.found.append(SentSql(self.places.span(node), self.frames, what, None, why))


DRIVERS = frozenset({"psycopg", "psycopg2", "asyncpg", "pg8000", "sqlalchemy", "django", "peewee", "subprocess"})
"""Modules by which a migration could change the database or run a program without its parameter."""
SPARED = ("psycopg.sql", "psycopg.types", "psycopg.errors")
"""Parts of them that only compose texts and values."""


def find_foreign_imports(tree: ast.Module, places: SourcePositions) -> Iterator[SentSql]:
    """Imports of modules that may change the database without `db`: that can be neither analyzed nor rolled back."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=found):
                names = [each.name for each in found]
            case ast.ImportFrom(module=str(home), names=found, level=0):
                names = [f"{home}.{each.name}" for each in found]
            case _:
                continue
        for name in names:
            if name.split(".")[0] in DRIVERS and not name.startswith(SPARED):
                why = "what it does beside the database that the function is given stands nowhere"
                yield SentSql(places.span(node), (), f"the module {name.split('.')[0]}", None, why)
