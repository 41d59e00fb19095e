"""What a witness saw of one statement -> faults that the text does not show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rowkeep.domain.lint.finding import Category, Finding
from rowkeep.domain.lint.witness import LostObject, StatementEvidence
from rowkeep.domain.operation import Cluster, DropColumn, DropObject, Name, Notice, Opaque, Operation, Truncate
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.locks import locks_of
from rowkeep.rules import find

OPAQUE = frozenset({"dynamic-sql", "unmodelled-statement"})
UNKNOWN_CALL = "unknown-function"


def find_witnessed_faults(
    statement: Statement, watched: StatementEvidence, findings: Sequence[Finding]
) -> Iterator[Notice]:
    """Everything dangerous that none of `findings` reports already, as notices to the rules that report it.

    findings: those about the same statement.
    """
    hidden = any(isinstance(operation, Opaque) for operation in statement.operations)
    yield from _losses(statement, watched, findings)
    emptied = {each.name for each in watched.gone if each.kind == "rows"}
    reported = [each for each in findings if each.category is Category.LOCK and each.rule not in OPAQUE]
    rewrites = any(claim.rewrites for each in reported if (rule := find(each.rule)) for claim in rule.claims)
    rewritten = [table for table in watched.rewritten if table not in emptied]
    if not rewrites:
        for table in rewritten:
            message = f"rewrites every row of {table}{_under(watched, table)}"
            yield Notice(statement.span, (), "witnessed-rewrite", message)
    if not reported:
        yield from _scans(statement, watched, {*rewritten, *emptied})
        yield from _locks(statement, watched, hidden=hidden)


def _losses(statement: Statement, watched: StatementEvidence, findings: Sequence[Finding]) -> Iterator[Notice]:
    """What is gone though no operation and no finding about data names it."""
    said = [each for each in findings if each.category is Category.DATA and each.rule not in (*OPAQUE, UNKNOWN_CALL)]
    named = {name.name for operation in statement.operations for name in _destroyed_names(operation)}
    for gone in watched.gone:
        bare = gone.name.partition("(")[0].rpartition(".")[2].strip('"')
        if bare not in named and not any(bare in each.message for each in said):
            yield Notice(statement.span, (), "witnessed-loss", _describe_loss(gone))


def _destroyed_names(operation: Operation) -> Iterator[Name]:
    match operation:
        case DropObject(name=name):
            yield name
        case DropColumn(column=name) | Truncate(table=name) | Cluster(table=Name() as name):
            yield name


def _describe_loss(gone: LostObject) -> str:
    if gone.kind == "rows":
        return f"empties {gone.name} (TRUNCATE), or rewrites it (CLUSTER): its file is a different one afterwards"
    rows = " with all its rows" if gone.kind == "table" else " with all its values" if gone.kind == "column" else ""
    return f"takes the {gone.kind} {gone.name} away{rows}"


def _scans(statement: Statement, watched: StatementEvidence, others: set[str]) -> Iterator[Notice]:
    for table in dict.fromkeys((*watched.scanned, *watched.built)):
        lock = watched.lock_on(table)
        if table in others or lock is None or not lock.blocks_writes:
            continue
        what = f"builds an index on {table}" if table in watched.built else f"reads {table} from end to end"
        yield Notice(statement.span, (), "witnessed-scan", f"{what}{_under(watched, table)}")


def _locks(statement: Statement, watched: StatementEvidence, *, hidden: bool) -> Iterator[Notice]:
    """Locks on tables that the text does not name: it hides them, or only the database knows them."""
    named = {name.name for operation in statement.operations for name, _ in locks_of(operation)}
    for held in watched.held:
        if not held.fresh or not held.mode.blocks_writes or held.table.rpartition(".")[2] in named:
            continue
        stalls = "nobody reads or writes it" if held.mode.blocks_reads else "nobody writes to it"
        message = f"takes {held.mode.sql} on {held.table}, which the text does not say: {stalls} meanwhile"
        yield Notice(statement.span, (), "witnessed-lock", message, fatal=hidden)


def _under(watched: StatementEvidence, table: str) -> str:
    lock = watched.lock_on(table)
    if lock is None or not lock.blocks_writes:
        return ""
    return " while nobody can read or write it" if lock.blocks_reads else " while nobody can write to it"
