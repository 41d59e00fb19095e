"""What a witness saw of one statement -> faults that the text does not show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rowkeep.domain.act import Act, Cluster, DropColumn, DropObject, Name, Noticed, Opaque, Truncate
from rowkeep.domain.finding import Finding, Promise
from rowkeep.domain.statement import Statement
from rowkeep.domain.witness import Gone, Watched
from rowkeep.knowledge.locks import locks
from rowkeep.rules import find

OPAQUE = frozenset({"dynamic-sql", "unmodelled-statement"})
UNKNOWN_CALL = "unknown-function"


def shown(statement: Statement, watched: Watched, findings: Sequence[Finding]) -> Iterator[Noticed]:
    """Everything dangerous that none of `findings` tells already, as notices to the rules that report it.

    findings: those about the same statement.
    """
    hidden = any(isinstance(act, Opaque) for act in statement.acts)
    yield from _losses(statement, watched, findings)
    emptied = {each.name for each in watched.gone if each.kind == "rows"}
    told = [each for each in findings if each.promise is Promise.LOCK and each.rule not in OPAQUE]
    rewrites = any(claim.rewrites for each in told if (rule := find(each.rule)) for claim in rule.claims)
    rewritten = [table for table in watched.rewritten if table not in emptied]
    if not rewrites:
        for table in rewritten:
            message = f"writes every row of {table} anew{_under(watched, table)}"
            yield Noticed(statement.span, (), "witnessed-rewrite", message)
    if not told:
        yield from _scans(statement, watched, {*rewritten, *emptied})
        yield from _locks(statement, watched, hidden=hidden)


def _losses(statement: Statement, watched: Watched, findings: Sequence[Finding]) -> Iterator[Noticed]:
    """What is gone though no act names it, and no finding about data."""
    said = [each for each in findings if each.promise is Promise.DATA and each.rule not in (*OPAQUE, UNKNOWN_CALL)]
    named = {name.name for act in statement.acts for name in _taken(act)}
    for gone in watched.gone:
        bare = gone.name.partition("(")[0].rpartition(".")[2].strip('"')
        if bare not in named and not any(bare in each.message for each in said):
            yield Noticed(statement.span, (), "witnessed-loss", _lost(gone))


def _taken(act: Act) -> Iterator[Name]:
    match act:
        case DropObject(name=name):
            yield name
        case DropColumn(column=name) | Truncate(table=name) | Cluster(table=Name() as name):
            yield name


def _lost(gone: Gone) -> str:
    if gone.kind == "rows":
        return f"empties {gone.name} (TRUNCATE), or stores it anew (CLUSTER): its file is another one afterwards"
    rows = " with all its rows" if gone.kind == "table" else " with all its values" if gone.kind == "column" else ""
    return f"takes the {gone.kind} {gone.name} away{rows}"


def _scans(statement: Statement, watched: Watched, others: set[str]) -> Iterator[Noticed]:
    for table in dict.fromkeys((*watched.scanned, *watched.built)):
        lock = watched.lock_on(table)
        if table in others or lock is None or not lock.blocks_writes:
            continue
        what = f"builds an index on {table}" if table in watched.built else f"reads {table} from end to end"
        yield Noticed(statement.span, (), "witnessed-scan", f"{what}{_under(watched, table)}")


def _locks(statement: Statement, watched: Watched, *, hidden: bool) -> Iterator[Noticed]:
    """Locks on tables that the text does not name: it hides them, or only the database knows them."""
    named = {name.name for act in statement.acts for name, _ in locks(act)}
    for held in watched.held:
        if not held.fresh or not held.mode.blocks_writes or held.table.rpartition(".")[2] in named:
            continue
        stalls = "nobody reads or writes it" if held.mode.blocks_reads else "nobody writes to it"
        message = f"takes {held.mode.sql} on {held.table}, which the text does not say: {stalls} meanwhile"
        yield Noticed(statement.span, (), "witnessed-lock", message, fatal=hidden)


def _under(watched: Watched, table: str) -> str:
    lock = watched.lock_on(table)
    if lock is None or not lock.blocks_writes:
        return ""
    return " while nobody can read or write it" if lock.blocks_reads else " while nobody can write to it"
