"""Schemas, extensions, publications and procedural languages as SQL."""

from __future__ import annotations

from rowkeep.structure.sql.item_facts import read_facts, split_lines
from rowkeep.structure.sql.object_graph import Key, ObjectGraph

PUBLICATION_FACTS = ("via the partition root", "all tables", "publishes", "owner")


def create_schema(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE SCHEMA."""
    return [f"CREATE SCHEMA {key[1]}"]


def create_extension(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE EXTENSION, in the version that the server has."""
    return [f"CREATE EXTENSION IF NOT EXISTS {key[1]} WITH SCHEMA {_extension_facts(graph, key)['schema']}"]


def alter_extension(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str]:
    """Another schema, or another version."""
    before, after = _extension_facts(old, key), _extension_facts(new, key)
    statements = []
    if before.get("version") != after.get("version") and "version" in after:
        version = after["version"].replace('"', '""')
        statements.append(f'ALTER EXTENSION {key[1]} UPDATE TO "{version}"')
    if before["schema"] != after["schema"]:
        statements.append(f"ALTER EXTENSION {key[1]} SET SCHEMA {after['schema']}")
    return statements


def _extension_facts(graph: ObjectGraph, key: Key) -> dict[str, str]:
    return read_facts(graph.objects[key], ("version", "schema"))


def create_language(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE LANGUAGE."""
    return [f"CREATE {'TRUSTED ' if 'trusted' in split_lines(graph.objects[key]) else ''}LANGUAGE {key[1]}"]


def create_publication(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE PUBLICATION."""
    facts, tables = _read_publication(graph, key)
    what = " FOR ALL TABLES" if "all tables" in facts else f" FOR TABLE {', '.join(tables)}" if tables else ""
    return [f"CREATE PUBLICATION {key[1]}{what} WITH ({_publication_options(facts)})"]


def alter_publication(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """Options and tables; None where it becomes one of all tables, or no longer is."""
    (before, tables_before), (after, tables_after) = _read_publication(old, key), _read_publication(new, key)
    if ("all tables" in before) != ("all tables" in after) or (tables_before and not tables_after):
        return None
    statements = []
    if _publication_options(before) != _publication_options(after):
        statements.append(f"ALTER PUBLICATION {key[1]} SET ({_publication_options(after)})")
    if tables_before != tables_after:
        statements.append(f"ALTER PUBLICATION {key[1]} SET TABLE {', '.join(tables_after)}")
    return statements


def _publication_options(facts: dict[str, str]) -> str:
    root = "true" if "via the partition root" in facts else "false"
    return f"publish = '{facts['publishes'].strip()}', publish_via_partition_root = {root}"


def _read_publication(graph: ObjectGraph, key: Key) -> tuple[dict[str, str], list[str]]:
    """The facts, and the tables with their columns and filters, as CREATE PUBLICATION writes them."""
    facts: dict[str, str] = {}
    tables: list[str] = []
    for line in split_lines(graph.objects[key]):
        name = next((name for name in PUBLICATION_FACTS if line == name or line.startswith(f"{name} ")), None)
        if name is not None and name not in facts and not tables:
            facts[name] = line[len(name) + 1 :]
        elif " where " in line:
            table, _, condition = line.partition(" where ")
            tables.append(f"{table} WHERE ({condition})")
        else:
            tables.append(line)
    return facts, tables
