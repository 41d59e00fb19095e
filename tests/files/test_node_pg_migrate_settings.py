"""node-pg-migrate itself is asked: where it cuts a file, and in which order it runs files."""

from __future__ import annotations

import json
import random
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from rowkeep.domain.source import Source
from rowkeep.files.content.markers import cut_sections
from rowkeep.files.order import sort_names

pytestmark = pytest.mark.npm

SCRIPT = """
import { getActions } from "./package/dist/legacy/sqlMigration.js";
import { compareMigrationFileNames } from "./package/dist/legacy/utils/comparators.js";
import { readFileSync } from "node:fs";
const asked = JSON.parse(readFileSync(0, "utf8"));
const part = (action) => { let text = null; if (action) action({ sql: (given) => { text = given; } }); return text; };
const cuts = asked.texts.map((text) => { const { up, down } = getActions(text); return [part(up), part(down)]; });
const orders = asked.names.map((names) => names.sort().toSorted((a, b) => compareMigrationFileNames(a, b)));
console.log(JSON.stringify({ cuts, orders }));
"""


@pytest.fixture(scope="module")
def old_tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """node-pg-migrate 9 as npm serves it, unpacked (its dependencies are not needed here)."""
    place = tmp_path_factory.mktemp("node-pg-migrate")
    subprocess.run(["npm", "pack", "--silent", "node-pg-migrate@9.0.0"], cwd=place, check=True, timeout=PATIENCE_S)
    with tarfile.open(next(place.glob("*.tgz"))) as archive:
        archive.extractall(place, filter="data")
    (place / "ask.mjs").write_text(SCRIPT)
    return place


def ask(place: Path, **asked: object) -> dict[str, list[list[str | None]]]:
    given = json.dumps({"texts": [], "names": [], **asked})
    done = subprocess.run(
        ["node", "ask.mjs"], cwd=place, input=given, capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    answer: dict[str, list[list[str | None]]] = json.loads(done.stdout)
    return answer


def test_the_cut_is_the_old_tools(old_tool: Path) -> None:
    words = [
        "-- Up Migration",
        "-- down migration",
        "--\t- UP\u00a0Migration s",
        "-- Down\nMigration",
        "x;",
        "'",
        "$$",
    ]
    words += ["\n", "\r\n", "\r", "\u2028", "\ufeff", "\x1c", "\x85", " ", "--", "/*", "ſ", "-- dоwn migration"]
    seed = random.Random(7)
    texts = ["".join(seed.choices(words, k=seed.randrange(9))) for _ in range(3000)]
    for text, (up, down) in zip(texts, ask(old_tool, texts=texts)["cuts"], strict=True):
        ours, below, _ = cut_sections(Source("1.sql", text))
        assert (ours.text, below.text if below else None) == (up, down), repr(text)


def test_the_order_is_the_old_tools(old_tool: Path) -> None:
    seed = random.Random(7)
    prefixes = ["1", "01", "2", "10", "1700000000000", "20250101000000", "20250101000000000", "99999999999999999999"]
    letters = [chr(code) for code in range(33, 127) if chr(code) not in "/"] + list("éèÉßäÄñêåõçŏő ")
    names = []
    for _ in range(300):
        count = seed.randrange(2, 12)
        names.append(
            [
                seed.choice(prefixes)
                + seed.choice("_-")
                + "".join(seed.choices(letters, k=seed.randrange(1, 6)))
                + ".sql"
                for _ in range(count)
            ]
        )
    unique = [sorted(set(some)) for some in names]
    for some, theirs in zip(unique, ask(old_tool, names=unique)["orders"], strict=True):
        assert sort_names(some) == theirs
