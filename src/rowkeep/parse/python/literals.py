"""Constant texts in a Python module, with the place of each character."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Span
from rowkeep.parse.python.module import SourcePositions
from rowkeep.parse.text.mapped_text import MappedText, Stretch, map_plain, map_replacement

_STRING = compile_later(r"(?P<prefix>[rRbBuU]{0,2})(?P<quote>'''|\"\"\"|'|\")")
_ESCAPE = compile_later(
    r"\\(?:\r\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[\s\S])|\r\n?"
)
_PLACEHOLDER = compile_later(r"%(?:\((?P<name>[^)]*)\))?(?P<kind>[sbt%])")

Constants = Mapping[str, "MappedText | None"]
"""The texts of names; None for a name that is assigned more than once."""


def fold_constant(node: ast.expr, places: SourcePositions, constants: Constants) -> MappedText | None:
    """The constant text of `node`; None if it is known only at run time."""
    match node:
        case ast.Constant(value=str(value)):
            return read_constant(value, places.span(node), places.text)
        case ast.Name(id=name):
            return constants.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _here(left, places, constants), _here(right, places, constants)
            return first.concat(second) if first is not None and second is not None else None
        case ast.JoinedStr(values=values):
            return _fold_f_string(node, values, places, constants)
        case ast.Call(func=ast.Name(id="dedent") | ast.Attribute(attr="dedent"), args=[inner], keywords=[]):
            # Only blanks at the start of lines differ.
            return fold_constant(inner, places, constants)
        case ast.Call(func=ast.Attribute(value=inner, attr="strip"), args=[], keywords=[]):
            return fold_constant(inner, places, constants)
    return None


def explain_unknown(node: ast.expr) -> str:
    """Why the text is unknown, for people."""
    match node:
        case ast.Name(id=name):
            return f"the variable {name}"
        case ast.JoinedStr():
            return "an f-string with values that only the running program knows"
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return f"the result of {name}()"
        case ast.BinOp():
            return "a text that is put together while it runs"
    return f"{type(node).__name__.lower()} in place of a text"


def _here(node: ast.expr, places: SourcePositions, constants: Constants) -> MappedText | None:
    """As `fold_constant`, within a larger text: the text of a name is placed at the name."""
    found = fold_constant(node, places, constants)
    if found is not None and not isinstance(node, ast.Constant | ast.BinOp):
        return map_replacement(found.text, places.span(node))
    return found


def _fold_f_string(
    node: ast.JoinedStr, values: list[ast.expr], places: SourcePositions, constants: Constants
) -> MappedText | None:
    text = ""
    for value in values:
        match value:
            case ast.Constant(value=str(words)):
                text += words
            case ast.FormattedValue(value=ast.expr() as inner, conversion=-1, format_spec=None):
                found = fold_constant(inner, places, constants)
                if found is None:
                    return None
                text += found.text
            case _:
                return None
    return map_replacement(text, places.span(node))


def read_constant(value: str, span: Span, text: str) -> MappedText:
    """A constant: one string, or several side by side.

    If its spelling is not understood, the whole text is placed at the whole constant.
    """
    whole = MappedText("", (Stretch(0, span.start),))
    try:
        for start, end in _strings(text[span.start : span.end], span.start):
            whole = whole.concat(_string(text, start, end))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return map_replacement(value, span)
    return whole if whole.text == value else map_replacement(value, span)


def _strings(words: str, origin: int) -> Iterator[tuple[int, int]]:
    """The string tokens of an expression, as characters of the file."""
    lines = SourcePositions(words)
    for token in tokenize.generate_tokens(io.StringIO(f"({words})", newline="").readline):
        if token.type == tokenize.STRING:
            ends = [lines.starts[line - 1] + column - (line == 1) for line, column in (token.start, token.end)]
            yield origin + ends[0], origin + ends[1]


def _string(text: str, start: int, end: int) -> MappedText:
    opening = _STRING.match(text, start)
    if opening is None:
        raise ValueError("no string")
    first, last = opening.end(), end - len(opening["quote"])
    raw = "r" in opening["prefix"].lower()
    found, at = map_plain("", first), first
    for escape in _ESCAPE.finditer(text, first, last):
        if raw and escape.group().startswith("\\"):
            continue
        found = found.concat(map_plain(text[at : escape.start()], at))
        found = found.concat(map_replacement(_meaning(escape.group()), Span(escape.start(), escape.end())))
        at = escape.end()
    return found.concat(map_plain(text[at:last], at))


def _meaning(escape: str) -> str:
    if escape in ("\r\n", "\r"):
        return "\n"
    return str(ast.literal_eval(f"'''{escape}'''"))


def number_placeholders(text: MappedText) -> MappedText:
    """The text as the server gets it with parameters: `%s` and `%(name)s` are $1, $2 …, `%%` is %."""
    found, at = text.cut(0, 0), 0
    names: list[str] = []
    for match in _PLACEHOLDER.finditer(text.text):
        found = found.concat(text.cut(at, match.start()))
        if match["kind"] == "%":
            words = "%"
        else:
            name = match["name"] if match["name"] is not None else f"\0{len(names)}"
            if name not in names:
                names.append(name)
            words = f"${names.index(name) + 1}"
        found = found.concat(map_replacement(words, text.span(match.start(), match.end())))
        at = match.end()
    return found.concat(text.cut(at, len(text.text)))
