"""A plan -> the review of it as text that can be kept; a review and things as they are now -> what changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from rowkeep.domain.deploy.review import Review, ReviewedStep
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.environment import Identity
from rowkeep.domain.history.state import State
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Action, Plan, Request, Step, TransactionMode
from rowkeep.errors import Misused, Refused
from rowkeep.plan.survey import section_checksum

FORMAT = "rowkeep-plan 1"


def make_review(plan: Plan, request: Request, state: State, identity: Identity, schemas: tuple[str, ...]) -> Review:
    """What a person who reads `plan` looks at."""
    return Review(
        request,
        identity,
        state.major,
        schemas,
        state.history.key,
        tuple((row.id, row.name) for row in state.rows),
        tuple(ReviewedStep(step.name, step.direction, step.mode, _checksum(step)) for step in plan.steps),
        tuple(item.name for item in plan.settled if item.accepted),
    )


def _checksum(step: Step) -> str:
    """Of its tokens; where the text has none that we know, of its bytes."""
    known = section_checksum(step.text, step.migration.language)
    return known.token or known.raw


def format_review(made: Review) -> str:
    """The review as a JSON document that ends with its own digest."""
    data = _data(made)
    return json.dumps({**data, "digest": review_digest(made)}, indent=2, ensure_ascii=False) + "\n"


def review_digest(made: Review) -> str:
    """SHA-256 (hex) of all that the review holds."""
    text = json.dumps(_data(made), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def parse_review(text: str, path: str) -> Review:
    """The review in a file that `write_text` wrote. Raises Misused for any other text, and for an edited one."""
    again = ("rowkeep plan --save FILE",)
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise Misused(
                f"the plan has the format {data['format']!r}, not {FORMAT!r}",
                code=ErrorCode.PLAN_INVALID,
                where=path,
                instead=again,
            )
        made = _review(data)
        told = data["digest"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misused(
            "this is not a plan saved by Rowkeep",
            code=ErrorCode.PLAN_INVALID,
            where=path,
            why=f"{type(error).__name__}: {error}",
            instead=again,
        ) from None
    if review_digest(made) != told:
        raise Misused(
            "the plan was edited after it was saved: its digest does not match",
            code=ErrorCode.PLAN_INVALID,
            where=path,
            instead=again,
        )
    return made


def check_unchanged(reviewed: Review, now: Review) -> None:
    """Raise Refused, with everything that changed, unless what would be done now is what was reviewed."""
    changes = list(find_changes(reviewed, now, "plan"))
    if changes:
        raise Refused(
            "this is not what was reviewed: something changed since the plan was saved",
            code=ErrorCode.PLAN_OUTDATED,
            where=now.identity.database,
            why=changes,
            instead=("rowkeep plan --save FILE   (and review it again)", "rowkeep status"),
        )


def find_changes(reviewed: Review, now: Review, what: str) -> Iterator[str]:
    """What differs, in words. what: what was made then (`plan`, `rehearsal`)."""
    if reviewed.identity != now.identity:
        then = reviewed.identity
        yield f"the database is another one: {_which(now.identity)}; the {what} was made for {_which(then)}"
    if reviewed.major != now.major:
        yield f"the server is PostgreSQL {now.major}; it was {reviewed.major}"
    if reviewed.history != now.history:
        yield f"history is in {now.history}; it was in {reviewed.history}"
    if reviewed.schemas != now.schemas:
        yield f"the schemas are {', '.join(now.schemas)}; they were {', '.join(reviewed.schemas)}"
    if reviewed.rows != now.rows:
        yield from _name_line("in history since", (name for row, name in now.rows if (row, name) not in reviewed.rows))
        yield from _name_line(
            "no longer in history", (name for row, name in reviewed.rows if (row, name) not in now.rows)
        )
        if sorted(reviewed.rows) == sorted(now.rows):
            yield "the order of history is another"
    yield from _step_changes(reviewed.steps, now.steps, what)
    if reviewed.accepted != now.accepted:
        yield f"edits that would be accepted: {', '.join(now.accepted) or 'none'}"


def _step_changes(reviewed: tuple[ReviewedStep, ...], now: tuple[ReviewedStep, ...], what: str) -> Iterator[str]:
    if reviewed == now:
        return
    before = {(step.migration, step.direction): step for step in reviewed}
    after = {(step.migration, step.direction): step for step in now}
    yield from _name_line(
        f"to run now, and not in the {what}", (name for name, way in after if (name, way) not in before)
    )
    yield from _name_line(
        f"in the {what}, and not to run now", (name for name, way in before if (name, way) not in after)
    )
    edited = (key[0] for key, step in after.items() if key in before and before[key] != step)
    yield from _name_line(f"edited since the {what} was saved", edited)
    if list(before) != list(after) and set(before) == set(after):
        yield "the order of the migrations is another"


def _name_line(what: str, names: Iterator[str]) -> Iterator[str]:
    found = ", ".join(names)
    if found:
        yield f"{what}: {found}"


def _which(identity: Identity) -> str:
    return f"{identity.database} (oid {identity.oid}, system {identity.system or 'unknown'})"


def _data(made: Review) -> dict[str, Any]:
    request = made.request
    return {
        "format": FORMAT,
        "request": {
            "action": request.action.value,
            "count": request.count,
            "name": request.name,
            "with_older": request.with_older,
            "out_of_order": sorted(request.out_of_order),
            "accepted": sorted(request.accepted),
            # Absent where it is not asked for, so that plans which were kept before still count.
            **({"hand_over": True} if request.hand_over else {}),
        },
        "database": {"name": made.identity.database, "oid": made.identity.oid, "system": made.identity.system},
        "server_major": made.major,
        "schemas": list(made.schemas),
        "history": {"table": made.history, "rows": [list(row) for row in made.rows]},
        "steps": [
            {
                "migration": step.migration,
                "direction": step.direction.value,
                "mode": step.mode.value,
                "token_checksum": step.token,
            }
            for step in made.steps
        ],
        "accepted": list(made.accepted),
    }


def _review(data: dict[str, Any]) -> Review:
    asked, database = data["request"], data["database"]
    return Review(
        Request(
            Action(asked["action"] if "action" in asked else asked["errand"]),
            asked["count"],
            asked["name"],
            asked["with_older"],
            frozenset(asked["out_of_order"]),
            frozenset(asked["accepted"]),
            hand_over=asked.get("hand_over") is True,
        ),
        Identity(database["name"], database["oid"], database["system"]),
        data["server_major"],
        tuple(data["schemas"]),
        data["history"]["table"],
        tuple((number, name) for number, name in data["history"]["rows"]),
        tuple(
            ReviewedStep(
                step["migration"], Direction(step["direction"]), TransactionMode(step["mode"]), step["token_checksum"]
            )
            for step in data["steps"]
        ),
        tuple(data["accepted"]),
    )
