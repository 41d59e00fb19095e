"""An expression to its possible texts: constants, `||`, format(), quote_ident(), variables, CASE, coalesce()."""

from __future__ import annotations

from itertools import product
from typing import Any

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import UNKNOWN
from rowkeep.domain.source import Span
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.parse.expression import constant
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.plpgsql.scope import MOST, FoldedText, Scope, Values, known_text
from rowkeep.parse.reader import StatementReader
from rowkeep.parse.text.literal import find_string
from rowkeep.parse.text.mapped_text import MappedText, map_replacement
from rowkeep.parse.text.token_ends import token_end
from rowkeep.parse.tree import node_kind, string_values

_NUMBERS = frozenset({"smallint", "integer", "int", "bigint", "numeric", "decimal", "real", "float", "double", "oid"})
_NUMBERS |= {"int2", "int4", "int8", "boolean"}
_NAMES = frozenset({"regclass", "regtype", "regproc", "regprocedure", "regnamespace", "regrole"})
_TIMES = frozenset({"date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid"})
"""Types whose texts contain neither quotes nor semicolons: they cannot end a literal or begin a statement."""
_CASES = frozenset({"lower", "upper"})
_PLAIN = compile_later(r"[-_ ./:0-9YIQMDWHSU]+")
"""A template of to_char() that gives digits (and for `DY` a word) and what stands between them, no quotes."""
_PASSING = frozenset({"string_agg", "unnest", "array_agg", "max", "min", "btrim", "trim"})
_FORMAT = compile_later(r"%(?:([0-9]+)\$)?-?[0-9]*([sIL%])")
_LONGEST = 200_000


def fold_texts(reader: StatementReader, tree: Any, scope: Scope) -> Values:
    """The possible texts of the expression `tree`. Never empty: an unknown value is a text with a gap."""
    kind, node = node_kind(tree)
    match kind:
        case "A_Const":
            return (known_text(_constant(reader, tree, node)),)
        case "A_Expr" if string_values(node.get("name")) == ["||"]:
            return _chain(reader, tree, scope)
        case "ColumnRef":
            return _variable(reader, node, scope)
        case "ParamRef":
            return scope.values.get(f"${node.get('number', 0)}") or _missing(reader, tree)
        case "TypeCast":
            return _cast(reader, node, scope)
        case "FuncCall":
            return _fold_call(reader, node, scope)
        case "A_ArrayExpr":
            # An element of it can be any of them.
            return _any(reader, node.get("elements", []), scope) or _missing(reader, tree)
        case "A_Indirection" if all(node_kind(each)[0] == "A_Indices" for each in node.get("indirection", ())):
            elements = fold_texts(reader, node.get("arg"), scope)
            return elements if not any(each.gaps for each in elements) else _missing(reader, tree)
        case "CoalesceExpr":
            return _any(reader, node.get("args", []), scope)
        case "CaseExpr":
            results = [item["CaseWhen"]["result"] for item in node.get("args", [])]
            return _any(reader, [*results, node["defresult"]] if "defresult" in node else results, scope)
        case "SubLink":
            _, query = node_kind(node.get("subselect"))
            targets = query.get("targetList", [])
            return (
                fold_texts(reader, targets[0]["ResTarget"].get("val"), scope)
                if len(targets) == 1
                else _missing(reader, tree)
            )
    return _missing(reader, tree)


def _constant(reader: StatementReader, tree: Node, node: Node) -> MappedText:
    _, value = constant(tree)
    if "sval" in node:
        return find_string(reader, node.get("location"), value or "")
    return map_replacement(value or "", reader.token(node.get("location")))


def _place(reader: StatementReader, tree: Any) -> tuple[Span, str]:
    """The place of an expression, by its first location, and its text."""
    _, node = node_kind(tree)
    location = node.get("location")
    if location is None or location < 0:
        return reader.whole, "an expression"
    words, start = reader.words, reader.character(location)
    end = token_end(words, start, reader.end)
    while words[end : end + 1] == ".":
        end = token_end(words, end + 1, reader.end)
    call = "()" if words[end : end + 1] == "(" else ""
    return reader.text.span(start, end), words[start:end] + call


def _missing(reader: StatementReader, tree: Any) -> Values:
    """A gap that can be anything; parsed as a name."""
    span, words = _place(reader, tree)
    return (FoldedText(map_replacement(quote_name(UNKNOWN + words), span), (words,)),)


def _unknown(reader: StatementReader, tree: Any) -> str:
    """A name for an unknown value: the same for the same variable."""
    return quote_name(UNKNOWN + _place(reader, tree)[1])


def _blank(reader: StatementReader, tree: Any, text: str) -> Values:
    """An unknown name or an unknown single value."""
    return (known_text(map_replacement(text, _place(reader, tree)[0])),)


def _chain(reader: StatementReader, tree: Any, scope: Scope) -> Values:
    """a || b || c, however long."""
    operands: list[Any] = []
    kind, node = node_kind(tree)
    while kind == "A_Expr" and string_values(node.get("name")) == ["||"]:
        operands.append(node.get("rexpr"))
        tree = node.get("lexpr")
        kind, node = node_kind(tree)
    operands.append(tree)
    return _join([fold_texts(reader, operand, scope) for operand in reversed(operands)])


def _join(parts: list[Values]) -> Values:
    """Every combination of the parts, up to the limit."""
    result: Values = ()
    for part in parts:
        if not result:
            result = part
            continue
        combined = tuple(left.concat(right) for left, right in product(result, part))
        if len(combined[0].text.text) > _LONGEST:
            return (_cut(result[0]),)
        result = _follow(combined)
    return result


def _follow(values: Values) -> Values:
    """The texts up to the limit; if there are more, the last one says that some are left out."""
    return values if len(values) <= MOST else (*values[: MOST - 1], _cut(values[MOST - 1]))


def _cut(value: FoldedText) -> FoldedText:
    """A text that also stands for those beyond the limit."""
    return value if value.gaps else FoldedText(value.text, ("which of very many texts it is",), value.head)


def _any(reader: StatementReader, choices: list[Any], scope: Scope) -> Values:
    found = [value for choice in choices for value in fold_texts(reader, choice, scope)]
    texts = [value for value in found if value.text.text] or found
    return _follow(tuple(dict.fromkeys(texts)))


def _variable(reader: StatementReader, node: Node, scope: Scope) -> Values:
    name = ".".join(string_values(node.get("fields"))).lower()
    if name in scope.values:
        return scope.values[name]
    tree = {"ColumnRef": node}
    kind = scope.types.get(name, "").split("(")[0].split()
    return _by_type(reader, tree, kind[0] if kind else "") or _missing(reader, tree)


def _by_type(reader: StatementReader, tree: Any, kind: str) -> Values:
    """The text of a value of the type `kind`, if the type says enough."""
    if kind in _NUMBERS:
        return _blank(reader, tree, "0")
    if kind in _NAMES:
        return _blank(reader, tree, _unknown(reader, tree))
    if kind in _TIMES:
        return _blank(reader, tree, UNKNOWN)
    return ()


def _cast(reader: StatementReader, node: Node, scope: Scope) -> Values:
    inner = node.get("arg")
    is_constant, value = constant(inner or {})
    if is_constant and value is not None:
        return fold_texts(reader, inner, scope)
    kind = string_values(node.get("typeName", {}).get("names"))
    return _by_type(reader, inner, kind[-1] if kind else "") or fold_texts(reader, inner, scope)


def _fold_call(reader: StatementReader, node: Node, scope: Scope) -> Values:
    name = string_values(node.get("funcname"))[-1:]
    arguments = node.get("args", [])
    if name == ["format"] and arguments:
        return _format(reader, arguments, scope)
    if name in (["quote_ident"], ["quote_literal"], ["quote_nullable"]) and arguments:
        return _quote(reader, arguments[0], scope, "I" if name == ["quote_ident"] else "L")
    if name == ["concat"]:
        return _join([fold_texts(reader, argument, scope) for argument in arguments])
    if name == ["array_to_string"] and len(arguments) > 1:
        return _as_string(reader, arguments, scope)
    if name and name[0] in _CASES and arguments:
        return tuple(_in_case(value, name[0]) for value in fold_texts(reader, arguments[0], scope))
    if name == ["to_char"] and len(arguments) > 1 and _PLAIN.fullmatch(constant(arguments[1])[1] or ""):
        return _blank(reader, {"FuncCall": node}, UNKNOWN)
    if name and name[0] in _PASSING and arguments:
        return fold_texts(reader, arguments[0], scope)
    if name == ["concat_ws"] and len(arguments) > 1:
        separator = fold_texts(reader, arguments[0], scope)
        parts: list[Values] = []
        for argument in arguments[1:]:
            parts.extend(
                [separator, fold_texts(reader, argument, scope)] if parts else [fold_texts(reader, argument, scope)]
            )
        return _join(parts)
    return _missing(reader, {"FuncCall": node})


def _in_case(value: FoldedText, case: str) -> FoldedText:
    """lower() or upper() of a text. One with gaps stays as it is."""
    text = value.text.text
    changed = text.lower() if case == "lower" else text.upper()
    if value.gaps or changed == text:
        return value
    return known_text(map_replacement(changed, value.text.span(0, len(text))))


def _as_string(reader: StatementReader, arguments: list[Any], scope: Scope) -> Values:
    """array_to_string(): the elements joined. A single element stands for any number."""
    _, array = node_kind(arguments[0])
    elements = [fold_texts(reader, each, scope) for each in array.get("elements", [])]
    if not elements:
        elements = [(value,) for value in fold_texts(reader, arguments[0], scope)]
    between = fold_texts(reader, arguments[1], scope)
    parts = [part for element in elements for part in (between, element)][1:]
    return _join(parts) if len(parts) <= 2 * MOST else _missing(reader, arguments[0])


def _quote(reader: StatementReader, argument: Any, scope: Scope, letter: str) -> Values:
    """quote_ident (I) or quote_literal (L) of an argument: safe, whatever it holds."""
    found: list[FoldedText] = []
    for value in fold_texts(reader, argument, scope):
        if value.gaps:
            found.extend(_blank(reader, argument, _unknown(reader, argument) if letter == "I" else f"'{UNKNOWN}'"))
        else:
            text = value.text.text
            if letter == "I" and text.startswith(f'"{UNKNOWN}'):
                # The text of a regclass is a quoted name already.
                found.append(value)
                continue
            written = quote_name(text) if letter == "I" and text else "'" + text.replace("'", "''") + "'"
            whole = value.text.span(0, len(text))
            found.append(known_text(value.text if written == text else map_replacement(written, whole)))
    return tuple(dict.fromkeys(found))


def _format(reader: StatementReader, arguments: list[Any], scope: Scope) -> Values:
    """format('… %I … %L … %s', …)"""
    results: list[FoldedText] = []
    for template in fold_texts(reader, arguments[0], scope):
        if template.gaps:
            return _missing(reader, arguments[0])
        results.extend(_join(_pieces(reader, template.text, arguments, scope)))
    return _follow(tuple(results))


def _pieces(reader: StatementReader, template: MappedText, arguments: list[Any], scope: Scope) -> list[Values]:
    parts: list[Values] = []
    at, position = 0, 0
    for match in _FORMAT.finditer(template.text):
        parts.append((known_text(template.cut(at, match.start())),))
        at = match.end()
        letter = match.group(2)
        if letter == "%":
            parts.append((known_text(template.cut(at - 1, at)),))
            continue
        position = int(match.group(1)) if match.group(1) else position + 1
        if position >= len(arguments):
            parts.append((FoldedText(map_replacement(quote_name(UNKNOWN), template.span(at - 1, at)), ("format()",)),))
        elif letter == "s":
            parts.append(fold_texts(reader, arguments[position], scope))
        else:
            parts.append(_quote(reader, arguments[position], scope, letter))
    parts.append((known_text(template.cut(at, len(template.text))),))
    return parts
