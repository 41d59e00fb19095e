"""What a restored copy cannot give to a migration: other servers, programs and files of the server, replication. Pure.

Some of it stands in the text, and is known before anything runs; the rest is what the copy answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from rowkeep.domain.deploy.rehearsal import Unrehearsed
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Language
from rowkeep.domain.operation import CallFunction, Copy, CreateObject, ObjectKind, Operation
from rowkeep.domain.plan import Plan, Step
from rowkeep.errors import RowkeepError

SERVER = "a connection to another server"
PROGRAM = "a program of the database server"
FILE = "a file of the database server"
REPLICATION = "replication, which a copy has not"

SENDERS = frozenset(
    {"dblink", "dblink_connect", "dblink_connect_u", "dblink_exec", "dblink_open", "dblink_send_query"}
)
FILES = frozenset(
    {
        *("lo_import", "lo_export", "pg_file_write", "pg_file_unlink", "pg_file_rename", "pg_file_sync"),
        *("pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_stat_file"),
    }
)
SLOTS = frozenset({"pg_create_logical_replication_slot", "pg_create_physical_replication_slot"})

ANSWERS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("08|HV", compile_later(""), SERVER),
    ("", compile_later(r"has no handler|rowkeep-cut-off|Network is unreachable|could not connect to server"), SERVER),
    ("55000", compile_later(r"has not been populated"), "a materialized view that reads another server"),
    ("", compile_later(r"could not execute command"), PROGRAM),
    ("58P01|42501|58030", compile_later(r"could not (open|stat|create|access) (server )?(file|directory) "), FILE),
    ("58P01|42501|58030", compile_later(r"could not set permissions on directory|^directory .* does not exist"), FILE),
    ("42704", compile_later(r"^subscription "), REPLICATION),
    ("55000", compile_later(r"wal_level|replication slots can only be used"), REPLICATION),
    ("", compile_later(r"shared_preload_libraries"), "a library that the server loads when it starts"),
    ("", compile_later(r"could not open extension control file|^extension .* is not available"), "an extension"),
    ("XX000", compile_later(r"cache lookup failed for function 0$"), "a language that may do anything on the server"),
)
"""(first characters of SQLSTATE, words of the server, what is missing), the first that fits."""


def find_outside_steps(step: Step) -> str | None:
    """What this step needs of the outside, as far as its text says so; None where it says nothing."""
    if (need := in_our_process(step)) is not None:
        return need
    for piece in step.pieces:
        for operation in piece.statement.operations:
            if not operation.is_stored and (need := _need(operation)) is not None:
                return need
    return None


def in_our_process(step: Step) -> str | None:
    """How this step, in Python, may reach outside the copy: it runs in our own process, which nothing isolates."""
    if step.migration.language is not Language.PYTHON:
        return None
    from rowkeep.parse.python.outside_reach import find_outside_reach  # Python's own parser is needed for Python only

    way = find_outside_reach(step.migration.source.text)
    return f"{way}, by which Python may act outside of the copy" if way else None


def _need(operation: Operation) -> str | None:
    match operation:
        case Copy(is_program=True):
            return PROGRAM
        case Copy(target=target) if target:
            return FILE
        case CreateObject(kind=ObjectKind.TABLESPACE):
            return FILE
        case CreateObject(kind=ObjectKind.SUBSCRIPTION):
            return REPLICATION
        case CallFunction(call=call) if call.name.name in SENDERS:
            return SERVER
        case CallFunction(call=call) if call.name.name in FILES:
            return FILE
        case CallFunction(call=call) if call.name.name in SLOTS:
            return REPLICATION
    return None


def outside_need_of_error(error: RowkeepError) -> str | None:
    """What the copy lacked when it gave this answer; None where the answer is about something else."""
    state, words = error.sqlstate or "", error.why or ""
    for states, pattern, need in ANSWERS:
        if (not states or re.match(states, state)) and any(pattern.search(line) for line in words.split("\n")):
            return need
    return None


def not_rehearsed_from(plan: Plan, first: str, need: str) -> tuple[Unrehearsed, ...]:
    """What is not rehearsed when `first` cannot be: all of its transaction, and whatever comes after."""
    units = list(plan.units)
    begin = next(number for number, unit in enumerate(units) if any(step.name == first for step in unit))
    names = dict.fromkeys(step.name for unit in units[begin:] for step in unit)
    return tuple(Unrehearsed(name, need if name == first else f"what {first} does") for name in names)


def find_not_rehearsable(plan: Plan) -> tuple[Unrehearsed, ...]:
    """What is not rehearsed, as far as the texts say so."""
    for step in plan.steps:
        need = find_outside_steps(step)
        if need is not None:
            return not_rehearsed_from(plan, step.name, need)
    return ()


def find_not_accepted(unrehearsed: Collection[Unrehearsed], names: Collection[str]) -> Iterator[Unrehearsed]:
    """Those that nobody accepted by name."""
    return (one for one in unrehearsed if one.name not in names)
