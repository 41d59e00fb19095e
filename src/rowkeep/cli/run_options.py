"""The options that commands which run migrations share, and what these commands do with them."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.errors import Misused

if TYPE_CHECKING:
    from rowkeep.domain.deploy.review import Review
    from rowkeep.domain.plan import Action, Request, RunResult
    from rowkeep.workflows.confirmation import Consent

UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


def parse_seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A length of time in seconds: `90`, `90s`, `10min`, `1h`."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|m|h)?", value.strip())
    if match is None:
        raise click.BadParameter(f"{value!r} is not a length of time; write 90, 90s, 10min or 1h", ctx, param)
    return float(match.group(1)) * UNITS[match.group(2) or ""]


WAIT = click.option("--wait", "wait_s", callback=parse_seconds, metavar="TIME", help="Wait for another run to end.")
END_ORPHAN = click.option(
    "--end-orphan", is_flag=True, help="End the session of another run whose process is known to be gone."
)
LOCK_DEADLINE = click.option(
    "--lock-deadline",
    "lock_deadline_s",
    callback=parse_seconds,
    metavar="TIME",
    help="How long to try for locks that the application holds  [default: 60s].",
)
HOLD_LIMIT = click.option(
    "--hold-limit",
    "hold_limit_s",
    callback=parse_seconds,
    metavar="TIME",
    help="How long a lock that stops the application may be held; 0 is no limit  [default: 30s].",
)
MAX_LOCK = click.option(
    "--max-lock",
    "max_lock_s",
    callback=parse_seconds,
    metavar="TIME",
    help="Refuse if the rehearsal predicts a longer lock that stops the application  [default: the hold limit].",
)
MAX_AGE = click.option(
    "--max-age",
    "rehearsal_max_age_s",
    callback=parse_seconds,
    metavar="TIME",
    help="With --rehearsed: how old its data may be  [default: 24h].",
)
CANCEL_BLOCKERS = click.option(
    "--cancel-blockers", is_flag=True, help="Cancel the queries of others that are in the way of a lock."
)

RUN_LOCK_SETTINGS = (WAIT, END_ORPHAN)
"""Options that override settings about the run lock."""

LOCK_SETTINGS = (WAIT, END_ORPHAN, LOCK_DEADLINE, HOLD_LIMIT, CANCEL_BLOCKERS)
"""Options that override settings about the run lock and the locks of migrations."""

SETTINGS = (
    "wait_s",
    "end_orphan",
    "lock_deadline_s",
    "hold_limit_s",
    "max_lock_s",
    "rehearsal_max_age_s",
    "cancel_blockers",
)
"""The settings that these options override; the options have the same names."""

RUN = (
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


def override_settings(*options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `options` to a command. It does not receive their values: they are in `context.settings` already."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(context: CommandContext, **values: Any) -> Any:
            overrides = {name: values.pop(name) for name in SETTINGS if name in values}
            # A flag that is absent (None or False) leaves the setting as it is.
            overrides = {name: value for name, value in overrides.items() if value is not None and value is not False}
            context.settings = replace(context.settings, **overrides)
            return function(context, **values)

        return add_options(wrapper, options)

    return decorate


def add_options(function: Callable[..., Any], options: Iterable[Callable[..., Any]]) -> Callable[..., Any]:
    """Add `options` to a command, in this order."""
    for option in reversed(tuple(options)):
        function = option(function)
    return function


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that runs migrations."""
    return override_settings(*LOCK_SETTINGS)(add_options(function, RUN))


HAND_OVER = click.option(
    "--with-node-pg-migrate",
    "hand_over",
    is_flag=True,
    help="Hand JavaScript and TypeScript migrations to the project's own node-pg-migrate, one at a time.",
)

CONSENT = (
    click.option("--confirm", metavar="DATABASE", help="The database's name, where it counts as production."),
    click.option("--no-backup", is_flag=True, help="Take no backup before rows or values go. Needs --because."),
    click.option("--because", metavar="REASON", help="Why without a backup, or why something may be lost."),
)

ACCEPT_LOSS = click.option(
    "--accept-loss",
    "--accept-change",
    metavar="NAME",
    multiple=True,
    help="schema.table[.column] that may be lost or overwritten. Needs --because.",
)

UNDO_CONSENT = (
    *CONSENT,
    click.option("--untested", is_flag=True, help="Run a down part in production that was never rehearsed."),
)


def apply_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that applies migrations, with the consent that production may ask for."""
    return run_options(add_options(function, (*CONSENT, ACCEPT_LOSS)))


def undo_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that undoes migrations."""
    return run_options(add_options(function, UNDO_CONSENT))


def build_consent(
    context: CommandContext,
    confirm: str | None,
    no_backup: bool,
    because: str | None,
    untested: bool = False,
    accept_loss: tuple[str, ...] = (),
) -> Consent:
    """The options as a consent. Raises Misused for --no-backup or --accept-loss without a reason."""
    from rowkeep.workflows.confirmation import Consent

    if no_backup and not (because or "").strip():
        raise Misused(
            "--no-backup needs a reason",
            code=ErrorCode.REASON_MISSING,
            instead=("add --because 'why none is needed'",),
        )
    if accept_loss and not (because or "").strip():
        raise Misused(
            "--accept-loss needs a reason",
            code=ErrorCode.REASON_MISSING,
            instead=("add --because 'why it may be lost'",),
        )
    return Consent(
        lambda database, danger: context.confirm_name(database, confirm, danger),
        not no_backup,
        because,
        untested,
        frozenset(accept_loss),
    )


def build_request(action: Action, target: str | None, interrupted: str | None, **fields: Any) -> Request:
    """The options as a request."""
    from rowkeep.domain.plan import Request
    from rowkeep.plan.names import parse_target

    count, name = parse_target(target)
    repeat = None if interrupted is None else interrupted == "again"
    return Request(action, count, name, repeat=repeat, **fields)


def read_review(path: str) -> Review:
    """The plan that `plan --save` kept in a file. Raises Misused where there is none."""
    from rowkeep.plan.review import parse_review

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(
            "the plan cannot be read",
            code=ErrorCode.FILE_NOT_READABLE,
            where=path,
            why=str(error),
            instead=("rowkeep plan --save FILE",),
        ) from None
    return parse_review(text, path)


def request_of_review(review: Review, interrupted: str | None) -> Request:
    """The request of a reviewed plan."""
    return replace(review.request, repeat=None if interrupted is None else interrupted == "again")


def run_request(
    context: CommandContext, request: Request, consent: Consent | None = None, reviewed: Review | None = None
) -> int:
    """Apply or undo what is asked for, and answer. reviewed: the plan that it must be."""
    from rowkeep.files.run_metadata import collect_run_metadata
    from rowkeep.workflows.migrate import UNASKED, migrate

    with connection_string(context) as conninfo:
        settings = context.settings
        result = migrate(
            settings,
            conninfo,
            request,
            lambda: collect_run_metadata(context.command, settings, os.environ),
            context.emit,
            consent or UNASKED,
            reviewed,
        )
    show_result(context, result)
    return 0


def show_result(context: CommandContext, result: RunResult) -> None:
    """Answer with what was done."""
    from rowkeep.report.run import format_run, serialize_run

    context.answer(format_run(result), **serialize_run(result))


def run_undo(
    context: CommandContext,
    action: str,
    target: str | None,
    *,
    accept: tuple[str, ...],
    interrupted: str | None,
    confirm: str | None,
    no_backup: bool,
    because: str | None,
    untested: bool,
    hand_over: bool = False,
) -> int:
    """Run `down` or `redo` with the options that they share. action: which of the two."""
    from rowkeep.domain.plan import Action

    request = build_request(Action(action), target, interrupted, accepted=frozenset(accept), hand_over=hand_over)
    return run_request(context, request, build_consent(context, confirm, no_backup, because, untested))
