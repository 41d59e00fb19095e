"""`python -m bench`: run the measures, print their tables, write their numbers as JSON, save them for the docs."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import pkgutil
import sys
import time
from pathlib import Path

from bench import measures, peers
from bench.cost import Failed
from bench.machine import machine
from bench.options import Options
from bench.results import RESULTS, save_results
from bench.table import Table, text


def main() -> int:
    """0; 1 when --check is given and a promise is not kept, or when a program that is measured fails."""
    names = sorted(found.name for found in pkgutil.iter_modules(measures.__path__))
    chosen = _arguments(names)
    if chosen.list:
        for name in names:
            print(f"{name:<10}{importlib.import_module(f'bench.measures.{name}').TITLE}")
        print(f"peers: {', '.join(peers.names())}")
        return 0
    options = Options(
        quick=chosen.quick,
        peers=tuple(chosen.peers.split(",")) if chosen.peers is not None else None,
        runs=chosen.runs,
        cache=Path(chosen.cache).expanduser(),
        say=lambda line: print(f"  {line}", file=sys.stderr, flush=True),
        migrations=Path(chosen.migrations).resolve() if chosen.migrations else None,
    )
    unknown = set(options.peers or ()) - set(peers.names()) - {""}
    if unknown:
        print(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(peers.names())}", file=sys.stderr)
        return 2
    facts = machine()
    print("  ".join(f"{key}: {value}" for key, value in facts.items()) + "\n")
    tables: list[Table] = []
    complete: dict[str, list[Table]] = {}
    failed = False
    for name in chosen.measures or names:
        began = time.perf_counter()
        try:
            measured: list[Table] = []
            for table in importlib.import_module(f"bench.measures.{name}").measure(options):
                print(text(table) + "\n", flush=True)
                measured.append(table)
                tables.append(table)
            complete[name] = measured
        except Failed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            failed = True
        options.say(f"{name} took {time.perf_counter() - began:.0f} s")
    if chosen.json:
        document = {"machine": facts, "tables": [dataclasses.asdict(table) for table in tables]}
        Path(chosen.json).write_text(json.dumps(document, indent=2, default=str) + "\n", encoding="utf-8")
    if chosen.save:
        save_results(RESULTS, facts, complete)
    kept = all(target.met for table in tables for target in table.targets)
    return 1 if failed or (chosen.check and not kept) else 0


def _arguments(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed against the peers, in one run.")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"which ones: {', '.join(names)} (all)")
    parser.add_argument("--quick", action="store_true", help="fewer runs, fewer migrations: a few minutes less")
    parser.add_argument("--peers", metavar="A,B", help=f"compare with these only: {', '.join(peers.names())}")
    parser.add_argument("--migrations", metavar="DIR", help="a real project's, to lint beside what is made up")
    parser.add_argument("--runs", type=int, metavar="N", help="how often everything runs")
    parser.add_argument("--json", metavar="FILE", help="write every number to FILE")
    parser.add_argument("--save", action="store_true", help="keep the results in bench/results.json, for the docs")
    parser.add_argument("--check", action="store_true", help="exit 1 when a promise is not kept")
    parser.add_argument("--list", action="store_true", help="name the measures and the peers")
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "rowkeep-bench"
    parser.add_argument("--cache", default=str(cache), metavar="DIR", help=f"where peers are installed ({cache})")
    chosen = parser.parse_args()
    if unknown := set(chosen.measures) - set(names):
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
