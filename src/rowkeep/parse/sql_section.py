"""Parses the SQL of a section into statements. Nothing is left out: text that is not SQL becomes a problem."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.operation import Frame, OfNewerMajor, Opaque, Operation, Transaction, UnreadableSql
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Problem, ProblemKind, Statement, TransactionUse
from rowkeep.parse.name_faults import find_cut_names
from rowkeep.parse.operations.registry import operations_of
from rowkeep.parse.statements import BrokenStatement, NonSqlText, RawStatement, read_statements
from rowkeep.parse.text.mapped_text import MappedText
from rowkeep.parse.text.newer_syntax import MAJOR
from rowkeep.parse.text.split_text import PieceKind
from rowkeep.parse.transaction import transaction_use

_FOREIGN = {
    PieceKind.PSQL_COMMAND: (ProblemKind.PSQL_COMMAND, "a command of psql, which no server understands"),
    PieceKind.COPY_DATA: (ProblemKind.COPY_DATA, "rows for COPY … FROM stdin, which only psql can send"),
}


def parse_text(
    source: Source, text: MappedText, end: int, inside: tuple[Frame, ...] = ()
) -> tuple[list[Statement], list[Problem]]:
    """The statements of `text`, and its problems. end: where the lead of the first statement begins."""
    statements: list[Statement] = []
    problems: list[Problem] = []
    before: RawStatement | None = None
    for each in read_statements(text, inside):
        if isinstance(each, NonSqlText):
            kind, message = _FOREIGN[each.kind]
            problems.append(Problem(kind, source, each.span, message))
            if before is not None and statements and _is_gexec(source, each):
                _run_results(before, each.span, statements)
            continue
        lead = Span(end, each.span.start)
        end = each.span.end
        before = each if isinstance(each, RawStatement) else None
        if isinstance(each, BrokenStatement) and each.newer is not None:
            found = each.newer
            done: tuple[Operation, ...] = (
                OfNewerMajor(each.word, inside, MAJOR, found.what, found.locks, found.heavy),
            )
            use = TransactionUse.OUTSIDE if found.alone else TransactionUse.ANY
            statements.append(Statement(source, each.span, lead, use, done))
        elif isinstance(each, BrokenStatement):
            problems.append(Problem(ProblemKind.SYNTAX_ERROR, source, each.word, each.message))
            done = (UnreadableSql(each.word, inside, each.message),)
            statements.append(Statement(source, each.span, lead, TransactionUse.ANY, done))
        else:
            reader = each.reader
            done = (
                *operations_of(reader, each.kind, each.node),
                *find_cut_names(reader.text, reader.start, reader.end),
            )
            statements.append(Statement(source, each.span, lead, _use(each, done), done))
    return statements, problems


def _is_gexec(source: Source, foreign: NonSqlText) -> bool:
    return source.text.startswith("\\gexec", foreign.span.start)


def _run_results(before: RawStatement, at: Span, statements: list[Statement]) -> None:
    """`\\gexec` runs every value of the query before it as a statement."""
    from rowkeep.parse.plpgsql.fold import fold_texts
    from rowkeep.parse.plpgsql.operations import operations_of_text
    from rowkeep.parse.plpgsql.scope import Scope

    targets = [item["ResTarget"].get("val") for item in before.node.get("targetList", ())]
    values = [value for target in targets for value in fold_texts(before.reader, target, Scope())]
    done = tuple(operation for value in values for operation in operations_of_text(value, before.reader.inside, at))
    if not values:
        done = (Opaque(at, (), "what \\gexec runs", "it comes out of no SELECT with a list of columns"),)
    last = statements[-1]
    statements[-1] = replace(last, operations=(*last.operations, *done))


def _use(raw: RawStatement, done: tuple[Operation, ...]) -> TransactionUse:
    """A DO block that commits cannot run inside a block either (SQLSTATE 2D000)."""
    if raw.kind == "DoStmt" and any(
        isinstance(operation, Transaction) and not operation.is_stored for operation in done
    ):
        return TransactionUse.OUTSIDE
    return transaction_use(raw.kind, raw.node)
