"""Functions, aggregates, types, casts, operators, collations and text search objects as SQL."""

from __future__ import annotations

from rowkeep.structure.sql.item_facts import (
    DOMAIN_FACTS,
    FIRST,
    quote_text,
    read_facts,
    split_identity,
    split_lines,
    split_list,
)
from rowkeep.structure.sql.object_graph import Key, ObjectGraph
from rowkeep.structure.sql.unwritten import NotWritable

AGGREGATE_FACTS = (
    "moving final changes the state",
    "moving final gets all arguments",
    "final changes the state",
    "final gets all arguments",
    "moving inverse",
    "moving state",
    "moving space",
    "moving final",
    "moving start",
    "sort operator",
    "moving step",
    "deserialize",
    "serialize",
    "arguments",
    "parallel",
    "combine",
    "returns",
    "owner",
    "start",
    "state",
    "space",
    "final",
    "step",
    "kind",
)
OPERATOR_FACTS = ("commutator", "function", "restrict", "negator", "hashes", "merges", "owner", "join")
COLLATION_FACTS = ("not deterministic", "provider", "collate", "locale", "ctype", "owner")
RANGE_FACTS = ("collation", "canonical", "difference", "of")
CAST_FACTS = ("without function", "with input and output", "as assignment", "as implicit", "with")
EVENT_FACTS = ("owner", "on", "when tag in", "executes", "disabled", "enabled on replicas only", "enabled always")
CHANGES = {"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}
PARALLEL = {"s": "SAFE", "r": "RESTRICTED", "u": "UNSAFE"}
PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
TOKENS = (
    *("asciiword", "word", "numword", "email", "url", "host", "sfloat", "version", "hword_numpart", "hword_part"),
    *("hword_asciipart", "blank", "tag", "protocol", "numhword", "asciihword", "hword", "url_path", "file", "float"),
    *("int", "uint", "entity"),
)
"""The token types of the parser `default`, by their number from 1 (ts_token_type)."""


def create_function(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE OR REPLACE FUNCTION or PROCEDURE, as the server prints it."""
    text, _, last = graph.objects[key].rpartition("\n")
    return [(text if last.startswith("owner ") else graph.objects[key]).rstrip("\n")]


def alter_function(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """CREATE OR REPLACE; None where arguments or the result differ, and nothing where only the owner does."""
    before, after = create_function(old, key)[0], create_function(new, key)[0]
    if before == after:
        return []
    return [after] if before.partition("\n LANGUAGE ")[0] == after.partition("\n LANGUAGE ")[0] else None


def create_aggregate(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE AGGREGATE."""
    facts = graph.facts(key, AGGREGATE_FACTS)
    parts = [f"SFUNC = {_function(facts['step'])}", f"STYPE = {facts['state']}"]
    for fact, word in (
        ("space", "SSPACE"),
        ("final", "FINALFUNC"),
        ("combine", "COMBINEFUNC"),
        ("serialize", "SERIALFUNC"),
        ("deserialize", "DESERIALFUNC"),
        ("start", "INITCOND"),
        ("moving step", "MSFUNC"),
        ("moving inverse", "MINVFUNC"),
        ("moving state", "MSTYPE"),
        ("moving space", "MSSPACE"),
        ("moving final", "MFINALFUNC"),
        ("moving start", "MINITCOND"),
    ):
        if fact in facts:
            is_value = fact.endswith(("start", "space", "state"))
            parts.append(f"{word} = {facts[fact] if is_value else _function(facts[fact])}")
    if "final gets all arguments" in facts:
        parts.append("FINALFUNC_EXTRA")
    if "moving final gets all arguments" in facts:
        parts.append("MFINALFUNC_EXTRA")
    if "final" in facts:
        parts.append(f"FINALFUNC_MODIFY = {CHANGES[facts['final changes the state']]}")
    if "moving final" in facts:
        parts.append(f"MFINALFUNC_MODIFY = {CHANGES[facts['moving final changes the state']]}")
    if "sort operator" in facts:
        schema, name = split_identity(facts["sort operator"].partition("(")[0])
        parts.append(f"SORTOP = OPERATOR({schema or 'pg_catalog'}.{name})")
    if facts.get("parallel", "u") != "u":
        parts.append(f"PARALLEL = {PARALLEL[facts['parallel']]}")
    if facts["kind"] == "h":
        parts.append("HYPOTHETICAL")
    return [f"CREATE AGGREGATE {_aggregate(graph, key)} (\n    {f',{chr(10)}    '.join(parts)}\n)"]


def drop_aggregate(graph: ObjectGraph, key: Key) -> list[str]:
    """DROP AGGREGATE."""
    return [f"DROP AGGREGATE {_aggregate(graph, key)}"]


def _aggregate(graph: ObjectGraph, key: Key) -> str:
    name = key[1][: key[1].rindex("(")] if "(" in key[1] else key[1]
    return f"{name}({graph.facts(key, AGGREGATE_FACTS).get('arguments') or '*'})"


def _function(signature: str) -> str:
    """The name of a function without its arguments."""
    depth = 0
    for at in range(len(signature) - 1, -1, -1):
        depth += (signature[at] == ")") - (signature[at] == "(")
        if depth == 0:
            return signature[:at]
    return signature


def create_enum(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE TYPE … AS ENUM."""
    return [f"CREATE TYPE {key[1]} AS ENUM ({', '.join(_labels(graph, key))})"]


def _labels(graph: ObjectGraph, key: Key) -> list[str]:
    return [line for line in split_lines(graph.objects[key]) if line]


def alter_enum(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """ADD VALUE for each new label; None where labels go or their order changes."""
    before, after = _labels(old, key), _labels(new, key)
    if [label for label in after if label in before] != before:
        return None
    statements = []
    for place, label in enumerate(after):
        if label in before:
            continue
        following = next((other for other in after[place:] if other in before), None)
        where = f" BEFORE {following}" if following is not None else ""
        if place and following is not None:
            where = f" AFTER {after[place - 1]}"
        statements.append(f"ALTER TYPE {key[1]} ADD VALUE {label}{where}")
    return statements


def create_domain(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE DOMAIN; its constraints are objects of their own."""
    facts = graph.facts(key, DOMAIN_FACTS)
    text = f"CREATE DOMAIN {key[1]} AS {facts[FIRST]}"
    text += f" COLLATE {facts['collation']}" if "collation" in facts else ""
    text += f" DEFAULT {facts['default']}" if "default" in facts else ""
    return [text + (" NOT NULL" if "not null" in facts else "")]


def alter_domain(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """Default and NOT NULL of a domain. Raises NotWritable for its type, which columns hold values of."""
    before, after = old.facts(key, DOMAIN_FACTS), new.facts(key, DOMAIN_FACTS)
    if before[FIRST] != after[FIRST] or before.get("collation") != after.get("collation"):
        raise NotWritable(*key, "the type of a domain cannot be changed: make a new domain, and convert the columns")
    head, statements = f"ALTER DOMAIN {key[1]}", []
    if before.get("default") != after.get("default"):
        statements.append(f"{head} SET DEFAULT {after['default']}" if "default" in after else f"{head} DROP DEFAULT")
    if ("not null" in before) != ("not null" in after):
        statements.append(f"{head} {'SET' if 'not null' in after else 'DROP'} NOT NULL")
    return statements


def create_range(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE TYPE … AS RANGE."""
    facts = graph.facts(key, RANGE_FACTS)
    parts = [f"SUBTYPE = {facts['of']}"]
    if "canonical" in facts:
        raise NotWritable(*key, "a range type with a canonical function is not written")
    if "difference" in facts:
        parts.append(f"SUBTYPE_DIFF = {_function(facts['difference'])}")
    return [f"CREATE TYPE {key[1]} AS RANGE ({', '.join(parts)})"]


def create_cast(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE CAST."""
    facts = graph.facts(key, CAST_FACTS)
    how = "WITHOUT FUNCTION" if "without function" in facts else "WITH INOUT"
    how = f"WITH FUNCTION {facts['with']}" if "with" in facts else how
    context = next((fact.upper() for fact in ("as assignment", "as implicit") if fact in facts), "")
    return [f"CREATE CAST ({_cast(key)}) {how} {context}".rstrip()]


def _cast(key: Key) -> str:
    source, _, target = key[1].partition(" as ")
    return f"{source} AS {target}"


def drop_cast(graph: ObjectGraph, key: Key) -> list[str]:
    """DROP CAST."""
    return [f"DROP CAST ({_cast(key)})"]


def create_operator(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE OPERATOR."""
    facts = graph.facts(key, OPERATOR_FACTS)
    name, _, arguments = key[1].rpartition("(")
    sides = split_list(arguments.removesuffix(")"))
    parts = [f"FUNCTION = {_function(facts['function'])}"]
    parts += [f"{word} = {side}" for word, side in zip(("LEFTARG", "RIGHTARG"), sides, strict=True) if side != "NONE"]
    for fact, word in (("commutator", "COMMUTATOR"), ("negator", "NEGATOR")):
        if fact in facts:
            schema, sign = split_identity(facts[fact].rpartition("(")[0])
            parts.append(f"{word} = OPERATOR({schema or 'pg_catalog'}.{sign})")
    parts += [
        f"{word} = {_function(facts[fact])}"
        for fact, word in (("restrict", "RESTRICT"), ("join", "JOIN"))
        if fact in facts
    ]
    parts += [fact.upper() for fact in ("hashes", "merges") if fact in facts]
    return [f"CREATE OPERATOR {name} ({', '.join(parts)})"]


def create_collation(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE COLLATION."""
    facts = graph.facts(key, COLLATION_FACTS)
    parts = [f"PROVIDER = {PROVIDERS.get(facts['provider'], facts['provider'])}"]
    for fact, word in (("locale", "LOCALE"), ("collate", "LC_COLLATE"), ("ctype", "LC_CTYPE")):
        if fact in facts:
            parts.append(f"{word} = {quote_text(facts[fact])}")
    if "not deterministic" in facts:
        parts.append("DETERMINISTIC = false")
    return [f"CREATE COLLATION {key[1]} ({', '.join(parts)})"]


def create_search_configuration(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE TEXT SEARCH CONFIGURATION with its mappings."""
    facts = read_facts(graph.objects[key], ("owner", "parser"))
    parser, *mappings = split_lines(facts["parser"])
    if parser != "default":
        raise NotWritable(*key, "only the parser `default` is known")
    head = f"TEXT SEARCH CONFIGURATION {key[1]}"
    return [f'CREATE {head} (PARSER = pg_catalog."default")', *_add_mappings(head, mappings)]


def _add_mappings(head: str, mappings: list[str]) -> list[str]:
    by_token: dict[str, list[str]] = {}
    for line in mappings:
        number, _, dictionary = line.partition(" ")
        by_token.setdefault(TOKENS[int(number) - 1], []).append(dictionary)
    return [f"ALTER {head} ADD MAPPING FOR {token} WITH {', '.join(names)}" for token, names in by_token.items()]


def alter_search_configuration(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """The mappings of a configuration."""
    before, after = (split_lines(graph.objects[key]) for graph in (old, new))
    if before[1] != after[1]:
        return None
    head = f"TEXT SEARCH CONFIGURATION {key[1]}"
    changed = {line.partition(" ")[0] for line in {*before[2:]} ^ {*after[2:]}}
    gone = [
        f"ALTER {head} DROP MAPPING IF EXISTS FOR {TOKENS[int(number) - 1]}" for number in sorted(changed, key=int)
    ]
    return [*gone, *_add_mappings(head, [line for line in after[2:] if line.partition(" ")[0] in changed])]


def create_search_dictionary(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE TEXT SEARCH DICTIONARY."""
    facts = read_facts(graph.objects[key], ("owner", "template"))
    template, _, options = facts["template"].partition("\n")
    return [f"CREATE TEXT SEARCH DICTIONARY {key[1]} (TEMPLATE = {template}{f', {options}' if options else ''})"]


def create_event_trigger(graph: ObjectGraph, key: Key) -> list[str]:
    """CREATE EVENT TRIGGER."""
    facts = graph.facts(key, EVENT_FACTS)
    tags = facts.get("when tag in")
    words = [tag.strip('"') for tag in split_list(tags.strip("{}"))] if tags else []
    when = f"\nWHEN TAG IN ({', '.join(quote_text(word) for word in words)})" if words else ""
    text = f"CREATE EVENT TRIGGER {key[1]} ON {facts['on']}{when}\nEXECUTE FUNCTION {facts['executes']}"
    return [text, *_set_event_state(key, facts)] if _event_state(facts) != "ENABLE" else [text]


def _event_state(facts: dict[str, str]) -> str:
    if "disabled" in facts:
        return "DISABLE"
    if "enabled on replicas only" in facts:
        return "ENABLE REPLICA"
    return "ENABLE ALWAYS" if "enabled always" in facts else "ENABLE"


def _set_event_state(key: Key, facts: dict[str, str]) -> list[str]:
    return [f"ALTER EVENT TRIGGER {key[1]} {_event_state(facts)}"]


def alter_event_trigger(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str] | None:
    """Whether it fires; None for everything else."""
    before, after = old.facts(key, EVENT_FACTS), new.facts(key, EVENT_FACTS)
    if any(before.get(fact) != after.get(fact) for fact in ("on", "when tag in", "executes")):
        return None
    return _set_event_state(key, after) if _event_state(before) != _event_state(after) else []
