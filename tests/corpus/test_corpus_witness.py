"""The server as witness: every file of the corpus does what expected.toml says of it, and a safe one harms nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from bench.corpus import cases, witness
from bench.corpus.evidence import examine
from psycopg import conninfo

from rowkeep import scratch


@pytest.fixture
def shop(server: scratch.Server, database: str) -> Iterator[witness.Server]:
    """A server with the base schema in one database."""
    witness.prepare(database)
    yield witness.Server(server.conninfo(), str(conninfo.conninfo_to_dict(database)["dbname"]))


@pytest.mark.parametrize(("safe", "least"), [(False, 240), (True, 100)], ids=["dangerous", "safe"])
def test_the_corpus_tells_the_truth(shop: witness.Server, server: scratch.Server, safe: bool, least: int) -> None:
    told = [one for one in cases() if one.safe is safe and one.facts.get("runs", True) and one.runs_on(server.major)]
    lies = [f"{name}: {lie}" for name, found in examine(told, shop) for lie in found]
    assert not lies, "\n".join(lies)
    assert len(told) >= least


LIES = {
    "data-drop-table": {"loses": ["table coupons"]},
    "data-cut-with-using": {"loses": ["values orders.note"]},
    "lock-add-nullable-column": {"shows": ["orders AccessExclusiveLock rewritten"]},
    "lock-create-index": {"shows": ["orders AccessExclusiveLock built"]},
    "compatibility-drop-default": {"breaks": ["show order"]},
    "security-superuser": {"proof": "SELECT true"},
    "transaction-begin-without-commit": {"fails": "25001"},
    "repeat-create-table-outside-transaction": {"twice": "grows customers"},
}
"""What is not true of these cases."""


@pytest.mark.majors(18)
def test_a_lie_is_found_out(shop: witness.Server) -> None:
    liars = [replace(one, safe=False, facts=one.facts | LIES[one.name]) for one in cases() if one.name in LIES]
    liars += [replace(one, safe=True) for one in cases() if one.name in ("lock-cluster", "data-truncate")]
    assert [name for name, found in examine(liars, shop) if not found] == []
    assert len(liars) == len(LIES) + 2
