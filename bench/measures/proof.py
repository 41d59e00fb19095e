"""What a whole proof costs: backup, restore, rehearsal, clone, hashes and verify, beside a raw dump and restore."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.cost import Cost, Costs, Failed, spend
from bench.measures.apply import MAJOR, SERVERS
from bench.measures.deploy import SECONDS, Measured, Size, copy_database, fill_database, measure_raw, program_environ
from bench.options import Options
from bench.table import Table, Target, duration, ratio
from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, SERVER

TITLE = "a whole proof (backup, restore, rehearsal, hashes, verify) beside a raw dump, a raw restore and the migration"

LIMIT = 1.3
"""Times the raw dump, the raw restore and the migration, on the clock."""

EVENTS, QUICK_EVENTS = 8_500_000, 300_000
"""Rows of the largest table: a database of 1.5 GB, and one of 60 MB."""

MIGRATION = """
ALTER TABLE events ADD COLUMN points integer;
ALTER TABLE accounts ADD COLUMN domain text;
-- rowkeep: allow change-not-batched because nobody else works on this database
UPDATE accounts SET domain = split_part(email, '@', 2) WHERE domain IS NULL;
"""
"""It changes every row of a table and no old value: so the copy is cloned, and every value of the table is hashed."""

STAGES = ("backup", "restore", "rehearse", "apply", "verify")

STAGED = """
import json, os, rowkeep
seconds = {}
def keep(event):
    if isinstance(event, rowkeep.StageFinished):
        seconds[event.stage] = event.seconds
deployment = rowkeep.Project(".", os.environ["DATABASE_URL"], on_event=keep).deploy(confirm="proof")
compared = {column.table for column in deployment.rehearsal.compared}
print(json.dumps({"seconds": seconds, "compared": sorted(compared), "losses": len(deployment.rehearsal.losses)}))
"""
"""`deploy` as a program, which keeps the seconds of each stage, and what the rehearsal hashed."""


@dataclass(slots=True)
class Proofs:
    """What whole proofs cost, and the seconds of their stages, run by run."""

    cost: list[Cost] = field(default_factory=list)
    stages: list[Mapping[str, float]] = field(default_factory=list)


def measure(options: Options) -> Iterator[Table]:
    """One table: the raw parts, the whole proof, and its stages."""
    events = QUICK_EVENTS if options.quick else EVENTS
    size = Size("proof", f"{events:,} rows", MIGRATION, events)
    runs = options.runs or (1 if options.quick else 2)
    tools = programs.obtain_programs(MAJOR, (*CLIENT, *SERVER))
    proofs = Proofs()
    with (
        scratch.start_server(tools, settings=SERVERS["durable"]) as production,
        tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name,
    ):
        options.say(f"proof: filling {size.title}")
        raw = Measured(bytes=fill_database(production, size, Path(name)))
        for number in range(runs):
            options.say(f"proof: run {number + 1} of {runs}")
            measure_raw(production, size, Path(name), raw)
            _prove(production, size, Path(name), proofs)
    yield _table(size, raw, proofs, runs)


def _prove(production: scratch.Server, size: Size, directory: Path, proofs: Proofs) -> None:
    conninfo = copy_database(production, size)
    project = directory / size.name
    command = (sys.executable, "-c", STAGED)
    proofs.cost.append(spend(command, environ=program_environ(conninfo), directory=project, seconds=SECONDS))
    *_, last = (project / ".bench.log").read_text(encoding="utf-8").splitlines()
    answer = json.loads(last)
    proofs.stages.append(answer["seconds"])
    shutil.rmtree(project / "backups")
    if answer["compared"] != ["public.accounts"] or answer["losses"]:
        raise Failed(f"the rehearsal compared {answer['compared']} and found {answer['losses']} losses")
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT count(domain) = count(*), count(*) > 0 FROM public.accounts").fetchone()
    if row != (True, True):
        raise Failed("the proven migration was not applied")


def _table(size: Size, raw: Measured, proofs: Proofs, runs: int) -> Table:
    whole = Costs(tuple(proofs.cost))
    parts = {"raw dump": raw.dump, "raw restore": raw.restore, "migration by psql": raw.migrate}
    rows = [(what, duration(Costs(tuple(costs)).wall), "") for what, costs in parts.items()]
    rows.append(("together", duration(raw.floor), "1.00 x"))
    rows.append(("whole proof", duration(whole.wall), ratio(whole.wall, raw.floor)))
    rows += [(f"  of it: {stage}", duration(min(run[stage] for run in proofs.stages)), "") for stage in STAGES]
    return Table(
        f"A whole proof of a database of {raw.bytes / 1e6:,.0f} MB, PostgreSQL {MAJOR}, durable ({runs} runs each)",
        ("", "clock", "ratio"),
        rows,
        notes=(
            "deploy: backup with counted rows, restore, comparison, clone, rehearsal, hashes of every value of the",
            "changed table before and after, apply, comparison with the rehearsal; least of all runs, in turns",
        ),
        targets=(Target("whole proof", whole.wall / raw.floor, LIMIT, "x the raw parts"),),
        raw={"proof": proofs.cost, "stages": proofs.stages, "dump": raw.dump, "restore": raw.restore},
    )
