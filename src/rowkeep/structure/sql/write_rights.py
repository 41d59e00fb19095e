"""Owners, grants, default privileges and comments as SQL."""

from __future__ import annotations

import re

from rowkeep.domain.late_regex import compile_later
from rowkeep.structure.sql.item_facts import quote_text, read_facts, split_identity, split_lines
from rowkeep.structure.sql.object_graph import VIEW_TEXT, Key, ObjectGraph
from rowkeep.structure.sql.unwritten import NotWritable

Right = tuple[str, str, bool]
"""Grantee, privilege, with grant option."""

OWNER_WORDS = {
    "schema": "SCHEMA",
    "table": "TABLE",
    "partitioned table": "TABLE",
    "foreign table": "FOREIGN TABLE",
    "view": "VIEW",
    "materialized view": "MATERIALIZED VIEW",
    "composite type": "TYPE",
    "sequence": "SEQUENCE",
    "function": "FUNCTION",
    "procedure": "PROCEDURE",
    "aggregate": "AGGREGATE",
    "operator": "OPERATOR",
    "collation": "COLLATION",
    "text search configuration": "TEXT SEARCH CONFIGURATION",
    "text search dictionary": "TEXT SEARCH DICTIONARY",
    "statistics": "STATISTICS",
    "event trigger": "EVENT TRIGGER",
    "publication": "PUBLICATION",
    "language": "LANGUAGE",
    "foreign server": "SERVER",
    "foreign-data wrapper": "FOREIGN DATA WRAPPER",
}
GRANT_WORDS = {
    "table grant": "TABLE",
    "sequence grant": "SEQUENCE",
    "schema grant": "SCHEMA",
    "function grant": "ROUTINE",
    "type grant": "TYPE",
    "language grant": "LANGUAGE",
    "server grant": "FOREIGN SERVER",
}
ALL_OF_OWNER = {
    "table grant": ("DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"),
    "sequence grant": ("SELECT", "UPDATE", "USAGE"),
    "schema grant": ("CREATE", "USAGE"),
    "function grant": ("EXECUTE",),
    "type grant": ("USAGE",),
    "language grant": ("USAGE",),
    "server grant": ("USAGE",),
    "column grant": (),
}
PUBLIC_BY_DEFAULT = {"function grant": "EXECUTE", "type grant": "USAGE", "language grant": "USAGE"}
DEFAULTS_OF = {
    "tables": "table grant",
    "sequences": "sequence grant",
    "functions": "function grant",
    "types": "type grant",
}
_GRANT_LINE = compile_later(r'("(?:[^"]|"")*"|the owner|[^":]+): (.*)', re.DOTALL)
_DEFAULT = compile_later(r'("(?:[^"]|"")*"|[^" ]+) in ("(?:[^"]|"")*"|every schema|[^" ]+) on (.+)', re.DOTALL)

COMMENT_WORDS = (
    ("table constraint ", "CONSTRAINT "),
    ("domain constraint ", "CONSTRAINT "),
    ("table column ", "COLUMN "),
    ("foreign table column ", "COLUMN "),
    ("view column ", "COLUMN "),
    ("materialized view column ", "COLUMN "),
    ("composite type column ", "COLUMN "),
    ("composite type ", "TYPE "),
    ("statistics object ", "STATISTICS "),
    ("foreign-data wrapper ", "FOREIGN DATA WRAPPER "),
    ("foreign table ", "FOREIGN TABLE "),
    ("materialized view ", "MATERIALIZED VIEW "),
    ("text search configuration ", "TEXT SEARCH CONFIGURATION "),
    ("text search dictionary ", "TEXT SEARCH DICTIONARY "),
    ("text search parser ", "TEXT SEARCH PARSER "),
    ("text search template ", "TEXT SEARCH TEMPLATE "),
    ("operator class ", "OPERATOR CLASS "),
    ("operator family ", "OPERATOR FAMILY "),
    ("event trigger ", "EVENT TRIGGER "),
    ("access method ", "ACCESS METHOD "),
    *(
        (f"{word} ", f"{word.upper()} ")
        for word in (
            "table", "view", "sequence", "index", "schema", "type", "domain", "function", "procedure", "aggregate",
            "trigger", "rule", "policy", "extension", "operator", "collation", "cast", "publication", "subscription",
            "language", "server", "conversion",
        )
    ),
)  # fmt: skip


def read_owner(graph: ObjectGraph, key: Key) -> str | None:
    """The owner of an object, as SQL writes the name."""
    definition = graph.objects.get(key)
    if definition is None:
        return None
    if key[0] == "type owner":
        return definition
    if key[0] in ("function", "procedure", "statistics"):
        last = definition.rpartition("\n")[2]
        return last.removeprefix("owner ") if last.startswith("owner ") else None
    return read_facts(definition.partition(VIEW_TEXT)[0], ("owner",)).get("owner", "\n").split("\n")[0] or None


def set_owner(graph: ObjectGraph, key: Key) -> list[str]:
    """ALTER … OWNER TO."""
    owner = read_owner(graph, key) or "CURRENT_USER"
    kind, identity = key
    if kind == "type owner":
        return [f"ALTER TYPE {identity} OWNER TO {owner}"]
    if kind == "aggregate" and identity.endswith("()"):
        identity = f"{identity[:-2]}(*)"
    return [f"ALTER {OWNER_WORDS[kind]} {identity} OWNER TO {owner}"]


def change_grants(old: ObjectGraph, new: ObjectGraph, key: Key, *, creator: str | None = None) -> list[str]:
    """GRANT and REVOKE that lead from one set of rights to the other. creator: has just created the object."""
    kind = key[0]
    owner = _owner_of(new, key) or _owner_of(old, key) or "CURRENT_USER"
    after = read_rights(new.objects.get(key, ""), kind) if key in new.objects else _usual_rights(kind)
    before: set[Right]
    if creator is not None:
        before = _usual_rights(kind)
        gone = (before | _default_rights(old, key, creator)) - after
    else:
        # With another owner, what it had been granted becomes part of what it has as the owner.
        rights = read_rights(old.objects.get(key, ""), kind)
        before = {("the owner" if grantee == owner else grantee, word, option) for grantee, word, option in rights}
        gone = before - after
    target, columns = _target(new if key in new.objects else old, key)
    return [
        *(
            f"REVOKE {_privileges(words, columns)} ON {target} FROM {_grantee(grantee, owner)}"
            for grantee, words in _by_grantee(gone)
        ),
        *(
            f"GRANT {_privileges(words, columns)} ON {target} TO {_grantee(grantee, owner)}"
            f"{' WITH GRANT OPTION' if passes_on else ''}"
            for (grantee, passes_on), words in _grants(after - before)
        ),
    ]


def read_rights(definition: str, kind: str) -> set[Right]:
    """The rights of a grant item."""
    rights: set[Right] = set()
    for line in split_lines(definition):
        found = _GRANT_LINE.fullmatch(line)
        for word in found[2].split(", ") if found else ():
            plain = word.removesuffix(" with grant option")
            rights.add((found[1] if found else "", plain, plain != word))
    return rights


def _usual_rights(kind: str) -> set[Right]:
    """What a new object grants without default privileges."""
    rights: set[Right] = {("the owner", word, False) for word in ALL_OF_OWNER.get(kind, ())}
    if kind in PUBLIC_BY_DEFAULT:
        rights.add(("public", PUBLIC_BY_DEFAULT[kind], False))
    return rights


def _default_rights(graph: ObjectGraph, grant: Key, creator: str) -> set[Right]:
    """What default privileges have granted on an object that `creator` creates: revoked where it is not meant."""
    rights: set[Right] = set()
    for key in graph.default_privileges:
        found = _DEFAULT.fullmatch(key[1])
        if found is None or DEFAULTS_OF.get(found[3]) != grant[0] or found[1] != creator:
            continue
        if found[2] in ("every schema", split_identity(grant[1].partition("(")[0])[0]):
            usual = ("the owner", "public")
            rights |= {right for right in read_rights(graph.objects[key], grant[0]) if right[0] not in usual}
    return rights


def _by_grantee(gone: set[Right]) -> list[tuple[str, list[str]]]:
    """A right that stays without its grant option is revoked and granted again, in one transaction."""
    grantees: dict[str, list[str]] = {}
    for grantee, word, _ in sorted(gone):
        grantees.setdefault(grantee, []).append(word)
    return [(grantee, sorted(set(words))) for grantee, words in sorted(grantees.items())]


def _grants(added: set[Right]) -> list[tuple[tuple[str, bool], list[str]]]:
    grantees: dict[tuple[str, bool], list[str]] = {}
    for grantee, word, passes_on in sorted(added):
        grantees.setdefault((grantee, passes_on), []).append(word)
    return sorted(grantees.items())


def _privileges(words: list[str], columns: str) -> str:
    return ", ".join(f"{word} ({columns})" if columns else word for word in words)


def _grantee(name: str, owner: str) -> str:
    return "PUBLIC" if name == "public" else owner if name == "the owner" else name


def _target(graph: ObjectGraph, key: Key) -> tuple[str, str]:
    kind, identity = key
    if kind == "column grant":
        table, column = split_identity(identity)
        return f"TABLE {table}", column
    return f"{GRANT_WORDS[kind]} {identity}", ""


def _owner_of(graph: ObjectGraph, key: Key) -> str | None:
    if key[0] == "column grant":
        relation = graph.relations.get(split_identity(key[1])[0])
        return read_owner(graph, relation) if relation else None
    if key[0] == "type grant":
        return read_owner(graph, ("type owner", key[1]))
    parent = graph.parents.get(key)
    return read_owner(graph, parent) if parent else None


def change_default_privileges(old: ObjectGraph, new: ObjectGraph, key: Key) -> list[str]:
    """ALTER DEFAULT PRIVILEGES."""
    found = _DEFAULT.fullmatch(key[1])
    if found is None:
        raise NotWritable(*key, "its name was not understood")
    role, schema, what = found.groups()
    kind = DEFAULTS_OF.get(what, "")
    usual = _usual_rights(kind) if schema == "every schema" else set()
    before = read_rights(old.objects[key], kind) if key in old.objects else usual
    after = read_rights(new.objects[key], kind) if key in new.objects else usual
    head = f"ALTER DEFAULT PRIVILEGES FOR ROLE {role}{'' if schema == 'every schema' else f' IN SCHEMA {schema}'}"
    return [
        *(
            f"{head} REVOKE {', '.join(words)} ON {what.upper()} FROM {_grantee(grantee, role)}"
            for grantee, words in _by_grantee(before - after)
        ),
        *(
            f"{head} GRANT {', '.join(words)} ON {what.upper()} TO {_grantee(grantee, role)}"
            f"{' WITH GRANT OPTION' if passes_on else ''}"
            for (grantee, passes_on), words in _grants(after - before)
        ),
    ]


def set_comment(graph: ObjectGraph, key: Key) -> list[str]:
    """COMMENT ON …, or IS NULL where the graph has none."""
    text = graph.objects.get(key)
    value = "NULL" if text is None else quote_text(text)
    for prefix, word in COMMENT_WORDS:
        if key[1].startswith(prefix):
            rest = key[1][len(prefix) :]
            if prefix == "domain constraint ":
                name, _, domain = rest.rpartition(" on ")
                rest = f"{name} ON DOMAIN {domain}"
            elif prefix in ("table constraint ", "trigger ", "rule ", "policy "):
                name, _, table = rest.rpartition(" on ")
                rest = f"{name} ON {table}"
            return [f"COMMENT ON {word}{rest} IS {value}"]
    raise NotWritable(*key, "a comment on this kind of object is not written")
