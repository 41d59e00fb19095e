"""What `up`, `down` and `redo` have in common: their options, and how they end."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.context import CommandContext
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.domain.deploy.review import Review
    from rowkeep.domain.plan import Action, Request, RunResult
    from rowkeep.workflows.confirmation import Consent

UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


def parse_seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A length of time in seconds: `90`, `90s`, `10min`, `1h`."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|m|h)?", value.strip())
    if found is None:
        raise click.BadParameter(f"{value!r} is no length of time; write 90, 90s, 10min or 1h", ctx, param)
    return float(found.group(1)) * UNITS[found.group(2) or ""]


def _cancel_blockers_option(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Kept where `patient` finds it: no command has to hand it on."""
    ctx.meta[CANCELLING] = value


def _hold_limit_option(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """As `_cancelling`, for the hold limit."""
    ctx.meta[HOLDING] = parse_seconds(ctx, param, value)


def _end_orphan_option(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """As `_cancelling`, for an orphan of the run lock."""
    ctx.meta[ENDING] = value


CANCELLING = "rowkeep.cancel_blockers"
ENDING = "rowkeep.end_orphan"
HOLDING = "rowkeep.hold_limit_s"

END_ORPHAN = click.option(
    "--end-orphan",
    is_flag=True,
    expose_value=False,
    callback=_end_orphan_option,
    help="End the session of another run whose process is known to be gone.",
)

MANNERS = (
    click.option("--wait", "wait_s", callback=parse_seconds, metavar="TIME", help="Wait for another run to end."),
    END_ORPHAN,
    click.option(
        "--lock-deadline",
        "lock_deadline_s",
        callback=parse_seconds,
        metavar="TIME",
        help="How long to try for locks that the application holds  [default: 60s].",
    ),
    click.option(
        "--hold-limit",
        expose_value=False,
        callback=_hold_limit_option,
        metavar="TIME",
        help="How long a lock that stops the application may be held; 0 is no limit  [default: 30s].",
    ),
    click.option(
        "--cancel-blockers",
        is_flag=True,
        expose_value=False,
        callback=_cancel_blockers_option,
        help="Cancel the queries of others that are in the way of a lock.",
    ),
    click.option(
        "--interrupted",
        type=click.Choice(["again", "done"]),
        help="A statement of which nobody knows whether it finished: run it again, or take it as done.",
    ),
    click.option(
        "--accept",
        metavar="NAME",
        multiple=True,
        help="An applied migration that was edited or deleted on purpose.",
    ),
)


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that runs migrations."""
    for option in reversed(MANNERS):
        function = option(function)
    return function


HAND_OVER = click.option(
    "--with-node-pg-migrate",
    "hand_over",
    is_flag=True,
    help="Hand JavaScript and TypeScript migrations to the project's own node-pg-migrate, one at a time.",
)

AGREEING = (
    click.option("--confirm", metavar="DATABASE", help="The database's name, where it counts as production."),
    click.option("--no-backup", is_flag=True, help="Take no backup before rows or values go. Needs --because."),
    click.option("--because", metavar="REASON", help="Why without a backup; kept in the ledger."),
)

UNDOING = (
    *AGREEING,
    click.option("--untested", is_flag=True, help="Run a down part in production that was never rehearsed."),
)


def agreeing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that applies: what production may ask for."""
    for option in reversed(AGREEING):
        function = option(function)
    return run_options(function)


def undo_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that undoes migrations."""
    for option in reversed(UNDOING):
        function = option(function)
    return run_options(function)


def build_consent(
    context: CommandContext, confirm: str | None, no_backup: bool, because: str | None, untested: bool = False
) -> Consent:
    """The options as a consent. Raises Misused for --no-backup without a reason."""
    from rowkeep.workflows.confirmation import Consent

    if no_backup and not (because or "").strip():
        raise Misused("--no-backup needs a reason", instead=("add --because 'why none is needed'",))
    return Consent(
        lambda database, danger: context.confirm_name(database, confirm, danger), not no_backup, because, untested
    )


def build_request(action: Action, target: str | None, interrupted: str | None, **given: Any) -> Request:
    """The options as a request."""
    from rowkeep.domain.plan import Request
    from rowkeep.plan.names import parse_target as read

    count, name = read(target)
    repeat = None if interrupted is None else interrupted == "again"
    return Request(action, count, name, repeat=repeat, **given)


def read_review(path: str) -> Review:
    """The plan that `plan --save` kept in a file. Raises Misused where there is none."""
    from rowkeep.plan.review import parse_review

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(
            "the plan cannot be read", where=path, why=str(error), instead=("rowkeep plan --save FILE",)
        ) from None
    return parse_review(text, path)


def request_of_review(review: Review, interrupted: str | None) -> Request:
    """The request of a reviewed plan."""
    return replace(review.request, repeat=None if interrupted is None else interrupted == "again")


def with_patience(settings: Settings, wait_s: float | None, lock_deadline_s: float | None) -> Settings:
    """The settings, with the flags that say how long to wait."""
    if wait_s is not None:
        settings = replace(settings, wait_s=wait_s)
    if lock_deadline_s is not None:
        settings = replace(settings, lock_deadline_s=lock_deadline_s)
    context = click.get_current_context(silent=True)
    if context is not None and context.meta.get(CANCELLING):
        settings = replace(settings, cancel_blockers=True)
    if context is not None and context.meta.get(ENDING):
        settings = replace(settings, end_orphan=True)
    if context is not None and (limit := context.meta.get(HOLDING)) is not None:
        settings = replace(settings, hold_limit_s=limit)
    return settings


def run_request(
    context: CommandContext,
    wanted: Request,
    wait_s: float | None,
    lock_deadline_s: float | None,
    consent: Consent | None = None,
    reviewed: Review | None = None,
) -> int:
    """Carry the request out, and answer. consent: to what production asks for. reviewed: the plan that it must be."""
    from rowkeep.files.run_metadata import collect_run_metadata
    from rowkeep.workflows.migrate import UNASKED, migrate

    with connection_string(context) as conninfo:
        settings = with_patience(context.settings, wait_s, lock_deadline_s)
        carried = migrate(
            settings,
            conninfo,
            wanted,
            lambda: collect_run_metadata(context.command, settings, os.environ),
            context.emit,
            consent or UNASKED,
            reviewed,
        )
    show_result(context, carried)
    return 0


def show_result(context: CommandContext, carried: RunResult) -> None:
    """What was done."""
    from rowkeep.report.run import format_run, serialize_run

    context.answer(format_run(carried), **serialize_run(carried))


def run_undo(
    context: CommandContext,
    action: str,
    target: str | None,
    *,
    accept: tuple[str, ...],
    wait_s: float | None,
    lock_deadline_s: float | None,
    interrupted: str | None,
    confirm: str | None,
    no_backup: bool,
    because: str | None,
    untested: bool,
    hand_over: bool = False,
) -> int:
    """What `down` and `redo` do with the options that they share. errand: which of the two."""
    from rowkeep.domain.plan import Action

    wanted = build_request(Action(action), target, interrupted, accepted=frozenset(accept), hand_over=hand_over)
    agreed = build_consent(context, confirm, no_backup, because, untested)
    return run_request(context, wanted, wait_s, lock_deadline_s, agreed)
