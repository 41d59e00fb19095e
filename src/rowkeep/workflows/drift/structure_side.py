"""One of the two structures that are compared, in a scratch database."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from rowkeep import structure
from rowkeep.config import Settings
from rowkeep.database.witness import change_copy
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.schema.structure import Difference, Structure
from rowkeep.domain.schema.structure_source import ScratchStructure
from rowkeep.errors import Refused
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.structure.from_source import comparable_structure
from rowkeep.structure.migratable import migratable_part
from rowkeep.structure.sql import ObjectGraph, build_graph, plan_changes

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class CompareRules:
    """What counts in a comparison. history: schema and name of the table that records migrations."""

    owners: bool
    grants: bool
    history: tuple[str, str]


@dataclass(frozen=True, slots=True)
class StructureSide:
    """A structure in the scratch database `dbname`. owner: the role that changes it; name: the source, in words.

    hidden: extensions that are there because production has them, although the source does not create them.
    """

    conninfo: str
    dbname: str | None
    owner: str
    name: str
    major: int
    structure: Structure
    graph: ObjectGraph
    hidden: frozenset[str] = frozenset()


def read_side(built: ScratchStructure, rules: CompareRules) -> StructureSide:
    """The side that a source built."""
    sourced = {item.identity for item in built.sourced.structure.items if item.kind == "extension"}
    side = read_database(built.conninfo, None, built.owner, built.sourced.name, rules)
    present = {identity for kind, identity in side.graph.objects if kind == "extension"}
    if present <= sourced:
        return side
    return read_database(built.conninfo, None, built.owner, side.name, rules, frozenset(present - sourced))


def read_database(
    conninfo: str,
    dbname: str | None,
    owner: str,
    name: str,
    rules: CompareRules,
    hidden: frozenset[str] = frozenset(),
) -> StructureSide:
    """The side in a scratch database, without the extensions in `hidden`. Raises Failed, Unreachable."""
    major, found, pairs = change_copy.read_copy(conninfo, dbname)
    left_out = {("extension", name) for name in hidden} | {("comment", f"extension {name}") for name in hidden}
    found = structure.make_structure(
        found.major, (item for item in found.items if (item.kind, item.identity) not in left_out)
    )
    kept = comparable_structure(found, whole=False, owners=rules.owners, grants=rules.grants, history=rules.history)
    part = migratable_part(found, history=rules.history, owners=rules.owners, grants=rules.grants)
    return StructureSide(conninfo, dbname, owner, name, major, part, build_graph(kept, pairs), hidden)


def clone_side(side: StructureSide, settings: Settings, without: frozenset[str] = frozenset()) -> str:
    """A clone of the side's database that has no record of migrations; its name. without: extensions to drop there."""
    name = f"rowkeep_change_{next(_NUMBERS)}"
    history = settings.history_schema, settings.history_table
    change_copy.clone_scratch_database(side.conninfo, name, history, template=side.dbname, without=without)
    return name


def make_recorded_side(
    live: StructureSide, recorded: Structure, name: str, rules: CompareRules, settings: Settings
) -> StructureSide:
    """What the ledger recorded, made in a clone of the live structure. Raises Refused where it cannot be made."""
    kept = comparable_structure(recorded, whole=False, owners=rules.owners, grants=rules.grants, history=rules.history)
    wanted = migratable_part(recorded, history=rules.history, owners=rules.owners, grants=rules.grants)
    # What depends on what is not recorded. The live database knows most of it, and the rest is found by trying.
    pairs = tuple((key, needed) for key, needs in live.graph.needs.items() for needed in needs)
    plan = plan_changes(live.graph, build_graph(kept, pairs), owner=quote_name("postgres"), major=live.major)
    dbname = clone_side(live, settings)
    failed = change_copy.apply_as_far_as_possible(live.conninfo, dbname, [each.statements for each in plan.changes])
    side = read_database(live.conninfo, dbname, live.owner, name, rules)
    left = structure.compare_structures(wanted, side.structure)
    if left or plan.unwritten:
        raise refuse_unequal(
            "what the ledger recorded cannot be made again as SQL",
            left,
            [*(f"{kind} {identity}: {why}" for kind, identity, why in plan.unwritten), *(why for _, why in failed)],
        )
    return replace(side, structure=wanted)


def refuse_unequal(what: str, left: Sequence[Difference], why: Sequence[str]) -> Refused:
    """The error for structures that are not equal in the end, with what is left."""
    names = [f"{difference.change.value}: {difference.kind} {difference.identity}" for difference in left[:20]]
    more = [f"and {len(left) - 20} more"] if len(left) > 20 else []
    return Refused(
        what,
        code=ErrorCode.CHANGE_NOT_PROVEN,
        why=[*why[:20], *names, *more],
        instead=("rowkeep create NAME   (write this migration by hand)",),
    )
