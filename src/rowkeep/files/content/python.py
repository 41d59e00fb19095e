"""Reads a migration in Python without running it: its parts, its transaction mode, and remarks."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from rowkeep.domain.migration import Direction, Language, Migration, Remark, Section
from rowkeep.domain.source import Source, Span
from rowkeep.files.filesystem.listing import DirectoryEntry

DEMAND = "TRANSACTION"
"""`TRANSACTION = False` at the top of the module: its functions commit by themselves."""

_QUIET = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Pass)
_BUSY = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_MAKERS = frozenset(
    {"frozenset", "dict", "set", "list", "tuple", "compile", "getLogger", "Path", "TypeVar", "Decimal"}
)
"""Functions that are allowed in constants."""


def read_python_migration(entry: DirectoryEntry, name: str, layout: str) -> Migration:
    """The migration in a `.py` file. Each part is the whole text."""
    source = entry.source
    everything = Span(0, len(source.text))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        part = Section(source, everything, None, Direction.UP.value)
        remarks = (*entry.remarks, _no_python(source, error))
        return Migration(name, source.path, Language.PYTHON, layout, part, None, remarks)
    outside = False if _outside(tree) else None
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    up, down = (Section(source, everything, outside, direction.value) for direction in Direction)
    remarks = (*entry.remarks, *_remarks(source, tree, functions))
    return Migration(
        name, source.path, Language.PYTHON, layout, up, down if down.function in functions else None, remarks
    )


def _outside(tree: ast.Module) -> bool:
    """Whether the module says `TRANSACTION = False`."""
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=False))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=False))
            ) if name == DEMAND:
                return True
    return False


def _no_python(source: Source, error: Exception) -> Remark:
    line = getattr(error, "lineno", None) or 1
    column = max(1, getattr(error, "offset", None) or 1)
    at = min(source.offset(line, column), max(0, len(source.text) - 1))
    words = getattr(error, "msg", None) or str(error) or type(error).__name__
    return Remark("python-syntax", source, Span(at, at + 1), f"this is not Python: {words}", fatal=True)


def _remarks(source: Source, tree: ast.Module, functions: set[str]) -> Iterator[Remark]:
    if "up" not in functions:
        message = "the module has no function up(db); Rowkeep does not run migrations of Django or Alembic"
        yield Remark("no-up-function", source, Span(0, 0), message, fatal=True)
    for node in tree.body:
        named = isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name in ("up", "down")
        if named and isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and (why := _not_callable(node)):
            yield Remark("function-not-callable", source, _span(source, node), f"{node.name} {why}", fatal=True)
        elif _transaction_value(node) is None:
            message = f"{DEMAND} must be literally True or False, because it is read without running the file"
            yield Remark("transaction-not-constant", source, _span(source, node), message, fatal=True)
        elif not _is_harmless(node):
            message = (
                "this runs whenever the file is loaded, before the function is called and outside its transaction"
            )
            yield Remark("code-on-import", source, _span(source, node), message)


def _not_callable(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    if isinstance(node, ast.AsyncFunctionDef):
        return "is async: nothing awaits it"
    if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(node)):
        return "is a generator: calling it would run nothing"
    given = node.args
    needed = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    wanted = any(default is None for default in given.kw_defaults)
    if needed > 1 or wanted or not (given.args or given.posonlyargs or given.vararg):
        return "takes one argument, the database: def up(db)"
    return ""


def _transaction_value(node: ast.stmt) -> bool | None:
    """None for an assignment to TRANSACTION other than True or False."""
    targets = (
        node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    )
    if any(isinstance(target, ast.Name) and target.id == DEMAND for target in targets):
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        return None if not (isinstance(value, ast.Constant) and isinstance(value.value, bool)) else True
    return True


def _is_harmless(node: ast.stmt) -> bool:
    """Whether the statement only defines names when the module is loaded."""
    match node:
        case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]) | ast.ClassDef():
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return value is None or all(_constant(each) for each in ast.walk(value))
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), body=body, orelse=[]):
            return all(_is_harmless(each) for each in body)
        case ast.FunctionDef():
            return False
    return isinstance(node, _QUIET) or type(node).__name__ == "TypeAlias"


def _constant(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        return name in _MAKERS
    return not isinstance(node, _BUSY)


def _span(source: Source, node: ast.stmt) -> Span:
    """The first line of a top-level statement, without indentation."""
    start = source.offset(node.lineno, 1)
    return Span(start, start + len(source.line(source.place(start).line)))
