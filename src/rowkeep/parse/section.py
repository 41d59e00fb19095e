"""A section's text to its statements. Nothing is left out: what is no SQL becomes a problem with its place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from rowkeep.domain.act import Act, Frame, OfNewerMajor, Opaque, Transaction, Unreadable
from rowkeep.domain.migration import Include, Section
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Parsed, Problem, ProblemKind, Statement, TransactionUse
from rowkeep.parse.acts.dispatch import acts
from rowkeep.parse.mapped import Mapped, plain
from rowkeep.parse.names import cut_names
from rowkeep.parse.newer import MAJOR
from rowkeep.parse.pieces import PieceKind
from rowkeep.parse.statements import Broken, Foreign, Raw, read
from rowkeep.parse.transaction import transaction_use

_FOREIGN = {
    PieceKind.PSQL_COMMAND: (ProblemKind.PSQL_COMMAND, "a command of psql, which no server understands"),
    PieceKind.COPY_DATA: (ProblemKind.COPY_DATA, "rows for COPY … FROM stdin, which only psql can send"),
}


def parse(section: Section, includes: Sequence[Include] = ()) -> Parsed:
    """Read `section`. Never raises for what stands in the text: a fault becomes a `Problem`, the rest is read on.

    Of a migration in Python it reads the SQL that its function sends; nothing of the file is run. includes: files that
    psql would bring in; their statements stand in the place of the command that names them.
    """
    source = section.source
    if section.function is not None:
        from rowkeep.parse.python.read import read as read_python

        return read_python(section, section.function)
    text = plain(section.text, section.span.start)
    statements, problems = taken(source, text, section.span.start, includes=includes)
    return Parsed(source, section.span, tuple(statements), tuple(problems))


def taken(
    source: Source, text: Mapped, end: int, inside: tuple[Frame, ...] = (), includes: Sequence[Include] = ()
) -> tuple[list[Statement], list[Problem]]:
    """The statements of `text`, and what is none. end: where the lead of the first one begins."""
    statements: list[Statement] = []
    problems: list[Problem] = []
    before: Raw | None = None
    own = sorted((include for include in includes if include.within == source), key=lambda include: include.at)
    places = [include.at for include in own]
    for each in read(text, inside):
        if isinstance(each, Foreign):
            kind, message = _FOREIGN[each.kind]
            problems.append(Problem(kind, source, each.span, message))
            if before is not None and statements and _is_gexec(source, each):
                _run_results(before, each.span, statements)
            if each.kind is PieceKind.PSQL_COMMAND:
                for include in own[bisect_left(places, each.span.start) : bisect_left(places, each.span.end)]:
                    _bring_in(include, each.span, statements, problems)
            continue
        lead = Span(end, each.span.start)
        end = each.span.end
        before = each if isinstance(each, Raw) else None
        if isinstance(each, Broken) and each.newer is not None:
            found = each.newer
            done: tuple[Act, ...] = (OfNewerMajor(each.word, inside, MAJOR, found.what, found.locks, found.heavy),)
            use = TransactionUse.OUTSIDE if found.alone else TransactionUse.ANY
            statements.append(Statement(source, each.span, lead, use, done))
        elif isinstance(each, Broken):
            problems.append(Problem(ProblemKind.SYNTAX_ERROR, source, each.word, each.message))
            done = (Unreadable(each.word, inside, each.message),)
            statements.append(Statement(source, each.span, lead, TransactionUse.ANY, done))
        else:
            reader = each.reader
            done = (*acts(reader, each.kind, each.node), *cut_names(reader.text, reader.start, reader.end))
            statements.append(Statement(source, each.span, lead, _use(each, done), done))
    return statements, problems


def _bring_in(include: Include, span: Span, statements: list[Statement], problems: list[Problem]) -> None:
    if include.source is None:
        problems.append(Problem(ProblemKind.INCLUDE, include.within, span, include.why))
        return
    inner, faults = taken(include.source, plain(include.source.text, 0), 0, includes=include.includes)
    statements.extend(inner)
    problems.extend(faults)


def _is_gexec(source: Source, foreign: Foreign) -> bool:
    return source.text.startswith("\\gexec", foreign.span.start)


def _run_results(before: Raw, at: Span, statements: list[Statement]) -> None:
    """`\\gexec` runs every value of the query before it as a statement."""
    from rowkeep.parse.plpgsql.acts import executed
    from rowkeep.parse.plpgsql.fold import fold
    from rowkeep.parse.plpgsql.scope import Scope

    targets = [item["ResTarget"].get("val") for item in before.node.get("targetList", ())]
    values = [value for target in targets for value in fold(before.reader, target, Scope())]
    done = tuple(act for value in values for act in executed(value, before.reader.inside, at))
    if not values:
        done = (Opaque(at, (), "what \\gexec runs", "it comes out of no SELECT with a list of columns"),)
    last = statements[-1]
    statements[-1] = replace(last, acts=(*last.acts, *done))


def _use(raw: Raw, done: tuple[Act, ...]) -> TransactionUse:
    """A DO block that commits cannot run inside a block either (SQLSTATE 2D000)."""
    if raw.kind == "DoStmt" and any(isinstance(act, Transaction) and not act.is_stored for act in done):
        return TransactionUse.OUTSIDE
    return transaction_use(raw.kind, raw.node)
