"""A section's text to its statements. Nothing is left out: what is no SQL becomes a problem with its place."""

from __future__ import annotations

from rowkeep.domain.act import Act, Frame, Transaction, Unreadable
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Parsed, Problem, ProblemKind, Statement, TransactionUse
from rowkeep.parse.acts.dispatch import acts
from rowkeep.parse.mapped import Mapped, plain
from rowkeep.parse.names import cut_names
from rowkeep.parse.pieces import PieceKind
from rowkeep.parse.statements import Broken, Foreign, Raw, read
from rowkeep.parse.transaction import transaction_use

_FOREIGN = {
    PieceKind.PSQL_COMMAND: (ProblemKind.PSQL_COMMAND, "a command of psql, which no server understands"),
    PieceKind.COPY_DATA: (ProblemKind.COPY_DATA, "rows for COPY … FROM stdin, which only psql can send"),
}


def parse(section: Section) -> Parsed:
    """Read `section`. Never raises for what stands in the text: a fault becomes a `Problem`, the rest is read on.

    Of a migration in Python it reads the SQL that its function sends; nothing of the file is run.
    """
    source = section.source
    if section.function is not None:
        from rowkeep.parse.python.read import read as read_python

        return read_python(section, section.function)
    statements, problems = taken(source, plain(section.text, section.span.start), section.span.start)
    return Parsed(source, section.span, tuple(statements), tuple(problems))


def taken(
    source: Source, text: Mapped, end: int, inside: tuple[Frame, ...] = ()
) -> tuple[list[Statement], list[Problem]]:
    """The statements of `text`, and what is none. end: where the lead of the first one begins."""
    statements: list[Statement] = []
    problems: list[Problem] = []
    for each in read(text, inside):
        if isinstance(each, Foreign):
            kind, message = _FOREIGN[each.kind]
            problems.append(Problem(kind, source, each.span, message))
            continue
        lead = Span(end, each.span.start)
        end = each.span.end
        if isinstance(each, Broken):
            problems.append(Problem(ProblemKind.SYNTAX_ERROR, source, each.word, each.message))
            done: tuple[Act, ...] = (Unreadable(each.word, inside, each.message),)
            statements.append(Statement(source, each.span, lead, TransactionUse.ANY, done))
        else:
            reader = each.reader
            done = (*acts(reader, each.kind, each.node), *cut_names(reader.text, reader.start, reader.end))
            statements.append(Statement(source, each.span, lead, _use(each, done), done))
    return statements, problems


def _use(raw: Raw, done: tuple[Act, ...]) -> TransactionUse:
    """A DO block that commits cannot run inside a block either (SQLSTATE 2D000)."""
    if raw.kind == "DoStmt" and any(isinstance(act, Transaction) and not act.is_stored for act in done):
        return TransactionUse.OUTSIDE
    return transaction_use(raw.kind, raw.node)
