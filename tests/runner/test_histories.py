"""Generated histories, made by either tool in turn, up and down: both agree at each step with a model of both.

Compared at each step: the names of pgmigrations and their order, the pending ones and their order as each tool sees
them, the tables and columns that are there, and the structure as a whole: the same set of migrations gives the same
structure, whoever applied it and on whatever way. ROWKEEP_HISTORIES=N makes N histories for each version.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.runner.node_pg_migrate_tool import Old, installed

from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import connect
from rowkeep.domain.plan import Action
from rowkeep.domain.schema.structure import CatalogItem
from rowkeep.errors import Refused

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18), pytest.mark.npm, pytest.mark.xdist_group("npm")]

HISTORIES = int(os.environ.get("ROWKEEP_HISTORIES", "1"))
STEPS = 7
SEED = 20_261_126


@dataclass
class File:
    """A migration. makes: the table or the column (`table.column`) that it makes. script: it is JavaScript."""

    name: str
    makes: str
    script: bool = False

    def write(self, project: Project) -> None:
        table, _, column = self.makes.partition(".")
        up = f"ALTER TABLE {table} ADD COLUMN {column} int" if column else f"CREATE TABLE {table} (id int PRIMARY KEY)"
        down = f"ALTER TABLE {table} DROP COLUMN {column}" if column else f"DROP TABLE {table}"
        if self.script:
            text = f"exports.up = (pgm) => pgm.sql('{up}');\nexports.down = (pgm) => pgm.sql('{down}');\n"
            (project.migrations / f"{self.name}.js").write_text(text)
        else:
            project.write(self.name, f"{up};", f"{down};")


def directory(chance: random.Random, version: int) -> list[File]:
    """Files in the order of both tools: times of 13 digits, for version 9 also dates of 17, some of one moment."""
    files: list[File] = []
    at, prefix = 1_700_000_000_000, ""
    for number in range(chance.randint(5, 8)):
        # Two of one moment are ordered by the rest of their names.
        if not (files and chance.random() < 0.25):
            at += chance.randint(1, 10_000_000)
            prefix = str(at)
            if version >= 9 and chance.random() < 0.3:
                at -= at % 1000
                prefix = utc(at)
        tables = [one.makes for one in files if "." not in one.makes]
        makes = f"{chance.choice(tables)}.c{number}" if tables and chance.random() < 0.4 else f"t{number}"
        files.append(File(f"{prefix}_{number}-{chance.choice(['add', 'B', 'é', 'x_y'])}", makes))
    if chance.random() < 0.6:
        chance.choice(files).script = True
    return files


def utc(milliseconds: int) -> str:
    """The date of 17 digits."""
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment:%Y%m%d%H%M%S}{milliseconds % 1000:03d}"


@dataclass
class Model:
    """What both tools must say. applied: how many of the files, always the first ones."""

    files: list[File]
    applied: int = 0
    structures: dict[int, tuple[CatalogItem, ...]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.files]

    def compare(self, project: Project, old: Old) -> None:
        done, left = self.names[: self.applied], self.names[self.applied :]
        assert project.names() == done
        survey = project.survey()
        assert [item.name for item in survey.applied] == done
        assert [item.name for item in survey.pending] == left
        assert old.pending() == left
        query = (
            "SELECT table_name || CASE column_name WHEN 'id' THEN '' ELSE '.' || column_name END"
            " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'pgmigrations'"
        )
        assert sorted(project.sql(query)) == sorted(one.makes for one in self.files[: self.applied])
        with connect(project.conninfo) as session:
            # Our ledger is there from our own first run on.
            items = fingerprint.read_structure(session).items
        structure = tuple(item for item in items if "rowkeep" not in item.identity)
        assert structure
        assert self.structures.setdefault(self.applied, structure) == structure


def walk(chance: random.Random, model: Model) -> Iterator[tuple[str, str, int]]:
    """Who, which way, how many: until STEPS are done. Both tools, and both ways, come in turn."""
    for number in range(STEPS):
        who = ("rowkeep", "old")[number % 2] if chance.random() < 0.8 else chance.choice(["rowkeep", "old"])
        left = len(model.files) - model.applied
        way = "up" if not model.applied else "down" if not left else chance.choice(["up", "up", "down"])
        most = left if way == "up" else model.applied
        yield who, way, chance.randint(1, most)


def ours(project: Project, model: Model, way: str, count: int) -> int:
    """Rowkeep's turn; how many it has dealt with. One with a script is refused whole, until it is asked for."""
    up = way == "up"
    chosen = model.files[model.applied :][:count] if up else model.files[: model.applied][-count:]
    action = Action.UP if up else Action.DOWN
    if any(one.script for one in chosen):
        with pytest.raises(Refused, match="is not SQL"):
            project.run(action, count=count)
    project.run(action, count=count, hand_over=True)
    return count


def theirs(chance: random.Random, old: Old, way: str, count: int) -> int:
    """The old tool's turn, in one transaction or in several."""
    said = old(way, str(count), *chance.choice([(), ("--no-single-transaction",)]))
    assert said.returncode == 0, said.stderr
    return count


@pytest.mark.parametrize("number", range(HISTORIES))
@pytest.mark.parametrize("version", [7, 8, 9])
def test_both_agree_at_each_step(project: Project, version: int, number: int) -> None:
    chance = random.Random(SEED + 1000 * version + number)
    model = Model(directory(chance, version))
    for one in model.files:
        one.write(project)
    project.develop()
    old = Old(installed(version), project)
    (project.root / "node_modules").symlink_to(old.program.parent.parent)
    story = []
    for who, way, count in walk(chance, model):
        story.append(f"{who} {way} {count}")
        try:
            done = ours(project, model, way, count) if who == "rowkeep" else theirs(chance, old, way, count)
            model.applied += done if way == "up" else -done
            model.compare(project, old)
        except AssertionError as error:
            raise AssertionError(f"after {', '.join(story)} with {model.names}: {error}") from error
    assert {word.split()[0] for word in story} == {"rowkeep", "old"}
