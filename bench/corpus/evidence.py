"""What expected.toml claims against what the server saw: every difference is a lie, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.corpus import Case
from bench.corpus.holdings import look
from bench.corpus.witness import Repeated, Seen, Server, commits, repeat, see
from rowkeep.domain.lint.lock import LockMode


def examine(cases: Iterable[Case], server: Server) -> Iterator[tuple[str, list[str]]]:
    """Run every case on the base schema; tell its name and its lies (none, for an honest one)."""
    rest = []
    with server.copy() as connection:
        before = look(connection)
        for case in cases:
            if commits(case):
                rest.append(case)
            else:
                yield case.name, lies(case, see(case, connection, before))
    for case in rest:
        with server.copy() as connection:
            if "twice" in case.facts:
                yield case.name, _not_repeated(case, repeat(case, connection))
            else:
                yield case.name, lies(case, see(case, connection, None))


def lies(case: Case, seen: Seen) -> list[str]:
    """Every claim of the case that the server did not bear out."""
    if seen.sqlstate != case.facts.get("fails"):
        return [f"fails with {seen.sqlstate} ({seen.error}), not {case.facts.get('fails')}"]
    return [*_of_losses(case, seen), *(_harm(seen) if case.safe else _claims(case, seen))]


def _of_losses(case: Case, seen: Seen) -> Iterator[str]:
    claimed = set(case.facts.get("loses", ()))
    if (case.safe or claimed) and seen.lost != claimed:
        yield f"loses {sorted(seen.lost)}, not {sorted(claimed)}"


def _claims(case: Case, seen: Seen) -> Iterator[str]:
    facts = case.facts
    for words in facts.get("shows", ()):
        table, mode, *work = words.split()
        if not work and (table, LockMode(mode)) not in seen.held:
            yield f"shows no {words}, but {seen.held}"
        for what in work:
            found = {one.lock for one in seen.work if (one.table, one.what) == (table, what)}
            # A statement that refuses a transaction has let its locks go when we look.
            if LockMode(mode) not in found and found != {None}:
                yield f"shows no {words}, but {seen.work}"
    if missing := set(facts.get("breaks", ())) - set(seen.broken):
        yield f"does not break {sorted(missing)}, but {list(seen.broken)}"
    if "proof" in facts and (seen.proof[0] is True or seen.proof[1] is not True):
        yield f"the proof says {seen.proof[0]} before and {seen.proof[1]} after"
    if "leaves" in facts and not seen.left_open:
        yield "leaves no transaction open"


def _harm(seen: Seen) -> Iterator[str]:
    """What a safe case may not do."""
    for work in seen.work:
        if work.what == "rewritten" or work.felt is not None:
            yield f"{work.table} is {work.what} while {work.felt} is held"
    if seen.broken:
        yield f"breaks {list(seen.broken)}"
    if seen.left_open:
        yield "leaves a transaction open"


def _not_repeated(case: Case, seen: Repeated) -> list[str]:
    word, _, table = case.facts["twice"].partition(" ")
    first, second = (holdings.rows(table) or [] for holdings in seen.held)
    failed = tuple(sqlstate is not None for sqlstate in seen.sqlstates)
    held = {
        "fails": failed == (False, True),
        "stays": failed == (True, False) and seen.invalid_indexes > 0,
        "grows": failed == (False, False) and len(second) > len(first) > 0,
        "changes": failed == (False, False) and first != second,
    }[word]
    return [] if held else [f"twice it does not say {case.facts['twice']!r}, but {seen.sqlstates}"]
