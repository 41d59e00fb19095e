"""The newest results of every measure, kept in `bench/results.json`; `docs/performance.md` is generated from them."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.table import Table, Target

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results.json"


@dataclass(frozen=True, slots=True)
class Result:
    """What one measure printed. measured: the day; commit: what was measured ("" outside of a repository);
    machine: facts of the machine, with its load before the measure."""

    measure: str
    measured: str
    commit: str
    machine: Mapping[str, str]
    tables: tuple[Table, ...]


def save_results(path: Path, machine: Mapping[str, str], tables: Mapping[str, Sequence[Table]]) -> None:
    """Replace the results of the given measures in the file, and keep those of the others.

    The raw numbers of each run are left out; `--json` writes them.
    """
    document = _read(path)
    for measure, measure_tables in tables.items():
        document[measure] = {
            "measured": datetime.now(UTC).date().isoformat(),
            "commit": _commit(),
            "machine": dict(machine),
            "tables": [_without_raw(table) for table in measure_tables],
        }
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def load_results(path: Path = RESULTS) -> Iterator[Result]:
    """The results in the file, by the name of the measure."""
    for measure, entry in sorted(_read(path).items()):
        tables = tuple(_table(table) for table in entry["tables"])
        yield Result(measure, entry["measured"], entry["commit"], entry["machine"], tables)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _without_raw(table: Table) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(table).items() if name != "raw"}


def _table(entry: Mapping[str, Any]) -> Table:
    return Table(
        entry["title"],
        tuple(entry["headings"]),
        [tuple(row) for row in entry["rows"]],
        notes=tuple(entry["notes"]),
        targets=tuple(Target(**target) for target in entry["targets"]),
    )


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""
