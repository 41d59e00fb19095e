"""Constraints, indexes, triggers, rules, policies and extended statistics as SQL."""

from __future__ import annotations

from rowkeep.structure.sql.item_facts import POLICY_FACTS, split_identity, split_lines
from rowkeep.structure.sql.object_graph import Key, ObjectGraph, table_of_mark

STATES = {
    "disabled": "DISABLE",
    "enabled on replicas only": "ENABLE REPLICA",
    "enabled always": "ENABLE ALWAYS",
    "": "ENABLE",
}
KEYS = ("PRIMARY KEY", "UNIQUE", "EXCLUDE")


def create_constraint(graph: ObjectGraph, key: Key) -> list[str]:
    """ADD CONSTRAINT. A key of a partitioned table is that of the table alone: each partition has its own."""
    table, name = split_identity(key[1])
    definition = graph.objects[key]
    only = "ONLY " if definition.startswith(KEYS) else ""
    return [f"ALTER TABLE {only}{table} ADD CONSTRAINT {name} {definition}"]


def drop_constraint(graph: ObjectGraph, key: Key) -> list[str]:
    """DROP CONSTRAINT."""
    table, name = split_identity(key[1])
    return [f"ALTER TABLE {table} DROP CONSTRAINT {name}"]


def alter_constraint(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """VALIDATE, or whether a foreign key is deferrable; None for everything else."""
    table, name = split_identity(key[1])
    before, after = old.objects[key], new.objects[key]
    if before == f"{after} NOT VALID":
        return [f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"]
    plain_before, plain_after = (_without_timing(text) for text in (before, after))
    if plain_before == plain_after and before.startswith("FOREIGN KEY"):
        timing = after[len(plain_after) :].strip() or "NOT DEFERRABLE"
        return [f"ALTER TABLE {table} ALTER CONSTRAINT {name} {timing}"]
    return None


def _without_timing(definition: str) -> str:
    return definition.removesuffix(" INITIALLY DEFERRED").removesuffix(" DEFERRABLE")


def create_domain_constraint(graph: ObjectGraph, key: Key) -> list[str]:
    """ALTER DOMAIN … ADD CONSTRAINT."""
    domain, name = split_identity(key[1])
    return [f"ALTER DOMAIN {domain} ADD CONSTRAINT {name} {graph.objects[key]}"]


def drop_domain_constraint(graph: ObjectGraph, key: Key) -> list[str]:
    """ALTER DOMAIN … DROP CONSTRAINT."""
    domain, name = split_identity(key[1])
    return [f"ALTER DOMAIN {domain} DROP CONSTRAINT {name}"]


def alter_domain_constraint(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """VALIDATE; None for everything else."""
    domain, name = split_identity(key[1])
    if old.objects[key] == f"{new.objects[key]} NOT VALID":
        return [f"ALTER DOMAIN {domain} VALIDATE CONSTRAINT {name}"]
    return None


def create_index(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE INDEX, as the server prints it."""
    return [graph.objects[key]]


def drop_index(graph: ObjectGraph, key: Key) -> list[str]:
    """DROP INDEX."""
    return [f"DROP INDEX {key[1]}"]


def mark_index(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str]:
    """Replica identity, CLUSTER ON and the index of the partitioned table, as far as they are new."""
    before = set(split_lines(old.objects.get(key, "")))
    after = set(split_lines(new.objects.get(key, "")))
    table = table_of_mark(new, key) or table_of_mark(old, key)
    name = split_identity(key[1])[1]
    statements = []
    if "replica identity" in after - before:
        statements.append(f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}")
    if "clustered on" in after - before:
        statements.append(f"ALTER TABLE {table} CLUSTER ON {name}")
    if "clustered on" in before - after and table not in new.clustered:
        statements.append(f"ALTER TABLE {table} SET WITHOUT CLUSTER")
    statements += [
        f"ALTER INDEX {line.removeprefix('attached to ')} ATTACH PARTITION {key[1]}"
        for line in sorted(after - before)
        if line.startswith("attached to ")
    ]
    return statements


def _split_state(definition: str) -> tuple[str, str]:
    """A trigger or rule, and whether it fires."""
    text, _, last = definition.rpartition("\n")
    return (text, last) if last and last in STATES else (definition, "")


def create_trigger(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE TRIGGER, and its state."""
    text, state = _split_state(graph.objects[key])
    return [text, *_set_state(key, state, "TRIGGER")] if state else [text]


def alter_trigger(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """Its state; None for everything else."""
    (before, _), (after, state) = _split_state(old.objects[key]), _split_state(new.objects[key])
    return _set_state(key, state, "TRIGGER") if before == after else None


def _set_state(key: Key, state: str, word: str) -> list[str]:
    table, name = split_identity(key[1])
    return [f"ALTER TABLE {table} {STATES[state]} {word} {name}"]


def drop_on_table(graph: ObjectGraph, key: Key) -> list[str]:
    """DROP TRIGGER, RULE or POLICY … ON."""
    table, name = split_identity(key[1])
    return [f"DROP {key[0].upper()} {name} ON {table}"]


def create_rule(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE RULE, and its state."""
    text, state = _split_state(graph.objects[key])
    text = text.rstrip(";").replace("CREATE RULE", "CREATE OR REPLACE RULE", 1)
    return [text, *_set_state(key, state, "RULE")] if state else [text]


def alter_rule(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str]:
    """CREATE OR REPLACE RULE, or only its state."""
    (before, was), (after, state) = _split_state(old.objects[key]), _split_state(new.objects[key])
    statements = [] if before == after else create_rule(new, key)[:1]
    return [*statements, *_set_state(key, state, "RULE")] if was != state else statements


def create_policy(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE POLICY."""
    table, name = split_identity(key[1])
    facts = graph.facts(key, POLICY_FACTS)
    kind = "PERMISSIVE" if "permissive" in facts else "RESTRICTIVE"
    text = f"CREATE POLICY {name} ON {table} AS {kind} FOR {facts['for'].upper()} TO {facts.get('to', 'public')}"
    return [text + _policy_expressions(facts)]


def alter_policy(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """ALTER POLICY; None where it must be created again."""
    table, name = split_identity(key[1])
    before, after = old.facts(key, POLICY_FACTS), new.facts(key, POLICY_FACTS)
    fixed = ("permissive", "restrictive", "for")
    if any((fact in before) != (fact in after) or before.get(fact) != after.get(fact) for fact in fixed):
        return None
    if any(fact in before and fact not in after for fact in ("using", "with check")):
        return None
    return [f"ALTER POLICY {name} ON {table} TO {after.get('to', 'public')}{_policy_expressions(after)}"]


def _policy_expressions(facts: dict[str, str]) -> str:
    text = f"\nUSING ({facts['using']})" if "using" in facts else ""
    return text + (f"\nWITH CHECK ({facts['with check']})" if "with check" in facts else "")


def create_statistics(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE STATISTICS."""
    text, _, last = graph.objects[key].rpartition("\n")
    return [text if last.startswith("owner ") else graph.objects[key]]


def drop_statistics(graph: ObjectGraph, key: Key) -> list[str]:
    """DROP STATISTICS."""
    return [f"DROP STATISTICS {key[1]}"]
