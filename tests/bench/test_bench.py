"""The bench measures what it says, stops what takes too long, and finds its measures and peers by itself."""

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench.cost import Cost, Costs, Failed, spend
from bench.measures.apply import migrations
from bench.peers import Place, names, peer
from bench.results import load_results, save_results
from bench.table import Table, Target, text
from tests.patience import PATIENCE_S

from bench import history
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span
from rowkeep.parse import parse_section

ROOT = Path(__file__).resolve().parents[2]
ENVIRON = {"PATH": os.environ["PATH"]}


def test_it_lists_measures_and_peers() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "--list"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    listed = done.stdout.split()
    assert {"startup", "apply", "growth", "lint", "proof"} <= set(listed)
    assert "peers: alembic, dbmate, node_pg_migrate, node_pg_migrate_at_once, sqitch, yoyo" in done.stdout


@pytest.mark.parametrize("arguments", [["nothing"], ["startup", "--peers", "nobody"]], ids=["measure", "peer"])
def test_what_it_does_not_know_is_refused(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no such" in done.stderr


def test_processor_time_of_children_counts(tmp_path: Path) -> None:
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}], check=True)"
    cost = spend([sys.executable, "-c", parent], environ=ENVIRON, directory=tmp_path, seconds=PATIENCE_S)
    assert 0.3 <= cost.cpu < PATIENCE_S
    assert cost.wall >= 0.3
    assert cost.memory > 1


def test_what_fails_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"(?s)ended with 3.*why it failed"):
        script = ["sh", "-c", "echo why it failed; exit 3"]
        spend(script, environ=ENVIRON, directory=tmp_path, seconds=PATIENCE_S)


def test_what_takes_too_long_is_stopped(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Failed, match="took more than"):
        spend(["sh", "-c", "sleep 600 & sleep 600"], environ=ENVIRON, directory=tmp_path, seconds=0.3)
    assert time.monotonic() - began < PATIENCE_S


def test_least_middle_and_highest() -> None:
    costs = Costs((Cost(3, 1, 10), Cost(1, 5, 30), Cost(2, 3, 20)))
    assert (costs.cpu, costs.cpu_median, costs.wall, costs.wall_median, costs.memory) == (1, 2, 1, 3, 30)


def test_a_table_as_text() -> None:
    table = Table("T", ("", "up"), [("psql", "1.00 x"), ("a", "12.00 x")], ("note",), (Target("up", 2, 1.3, "x"),))
    assert text(table) == (
        "T\n-------------\n           up\n-------------\npsql   1.00 x\na     12.00 x\n-------------\n"
        "  note\n  MISSED  up: 2 x (at most 1.3)"
    )


def test_saved_results_replace_those_of_the_same_measure_only(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    old = Table("Old", ("", "up"), [("psql", "1.00 x")])
    new = Table("New", ("", "up"), [("psql", "2.00 x")], ("note",), (Target("up", 2, 1.3, "x"),), raw={"psql": 2})
    save_results(path, {"cores": "2"}, {"apply": [old], "lint": [old]})
    save_results(path, {"cores": "4"}, {"lint": [new]})
    apply, lint = load_results(path)
    assert (apply.measure, apply.machine, apply.tables) == ("apply", {"cores": "2"}, (old,))
    assert (lint.measure, lint.machine, lint.tables) == ("lint", {"cores": "4"}, (dataclasses.replace(new, raw={}),))


@pytest.mark.parametrize("name", ["psql", "rowkeep", *names()])
def test_every_peer_writes_the_same_sql(name: str, tmp_path: Path) -> None:
    wanted = migrations(8)
    peer(name).write(tmp_path, wanted)
    written = "\n".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert all(sql in written for _, sql in wanted)
    typed = peer(name).typed(tmp_path, Place("/run/sockets", "postgres", "bench", "psql"))
    assert "bench" in " ".join([*typed.arguments, *typed.environ.values()])


def test_the_history_that_lint_reads_is_the_same_every_time_and_right_sql() -> None:
    texts = {**history.usual(10), "long.sql": history.long(5000), **history.tiny(20)}
    assert texts == {**history.usual(10), "long.sql": history.long(5000), **history.tiny(20)}
    assert len(history.long(100_000)) >= 100_000
    for name, words in texts.items():
        source = Source(name, words)
        assert parse_section(Section(source, Span(0, len(words)))).problems == ()
