"""Parses a Python module, and converts positions of its syntax tree to characters of the text."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Span

_LINE = compile_later(r"\r\n|\n|\r")


class NotPython(Exception):
    """A syntax error in Python. offset: its character."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class SourcePositions:
    """Converts line and column (in bytes) of Python to characters of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _LINE.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """The character at `line` (from 1) and `column` (bytes of UTF-8, from 0)."""
        if line > len(self.starts):
            return len(self.text)
        start = self.starts[line - 1]
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        words = self.text[start:end]
        if words.isascii():
            return start + min(column, len(words))
        return start + len(words.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """The characters of a node."""
        start = self.offset(node.lineno, node.col_offset)
        return Span(start, self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset))


@lru_cache(maxsize=8)
def parse_module(text: str) -> tuple[ast.Module, SourcePositions]:
    """The syntax tree. Nothing of it is run. Raises NotPython."""
    places = SourcePositions(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text), places
    except SyntaxError as error:
        line, column = error.lineno or 1, max(1, error.offset or 1)
        start = places.starts[min(line, len(places.starts)) - 1]
        raise NotPython(error.msg or "invalid syntax", min(len(text), start + column - 1)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPython(str(error) or "nested too deeply", 0) from None


def find_function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The last function of that name at the top level, which is the one that a call finds."""
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[-1] if found else None
