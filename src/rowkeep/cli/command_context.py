"""The context of a command: settings, events, the result, questions. Only `rowkeep.cli` prints."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli.output import ask, forget, hide, json_document, print_line, silence_stream, use_color
from rowkeep.config import Settings
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Refused
from rowkeep.files.project.settings import load_settings

if TYPE_CHECKING:
    from rowkeep.domain.event import Event


class CommandContext:
    """One run of one command.

    settings: resolved configuration. command: its words (`backup list`). json: whether the answer is one JSON
    document. arguments: as typed. Results go to stdout, events and notes to stderr.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        command: str,
        output_format: str,
        quiet: bool,
        verbose: bool,
        color: str,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.settings = settings
        self.command = command
        self.arguments = arguments
        self.output_format = output_format
        self.json = output_format == "json"
        self.quiet = quiet
        self.verbose = verbose
        self.color = color
        self.data: dict[str, object] = {}
        self.events: list[dict[str, object]] = []
        self._show: Callable[[Event], None] | None = None

    @property
    def terminal(self) -> bool:
        """Whether stderr is a terminal."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def colored(self) -> bool:
        """Whether the result on stdout may be coloured."""
        return use_color(self.color, sys.stdout.isatty(), os.environ)

    def emit(self, event: Event) -> None:
        """Show an event as it happens (an `Emit`)."""
        if self.json:
            self.events.append({"event": type(event).__name__, **asdict(event)})
            return
        if self.quiet:
            return
        if self._show is None:
            from rowkeep.cli.progress import progress_display

            bars = self.terminal and not self.verbose
            self._show = progress_display(bars=bars, color=self.color, verbose=self.verbose)
        try:
            self._show(event)
        except OSError:
            # stderr is closed: continue without output.
            silence_stream(2)

    def clear(self) -> None:
        """Remove the progress bar from the terminal, before a result or an error is printed."""
        end = getattr(self._show, "end", None)
        if end is not None:
            end()

    def answer(self, text: str, **data: object) -> None:
        """The result: print `text` to stdout, or put `data` into the JSON document."""
        self.data.update(data)
        self.clear()
        if not self.json and text:
            print_line(text, color=self.colored)

    def annotate(self, text: str) -> None:
        """Print the result as GitHub workflow commands."""
        self.clear()
        print_line(text, annotations=True)

    def note(self, text: str) -> None:
        """Print a line to stderr that is not part of the result."""
        if not self.json and not self.quiet:
            self.clear()
            print_line(text, err=True)

    def confirm_name(self, expected: str, answer: str | None, danger: str) -> None:
        """Confirm a dangerous action: the name must be typed or passed by --confirm. Otherwise raises Refused."""
        if answer is None and sys.stdin.isatty():
            answer = ask(f"{danger}\nType {expected!r} to continue")
        if answer == expected:
            return
        from rowkeep.cli.retype import with_option

        steps = with_option(self.arguments, "--confirm", expected, os.environ)
        if answer is None:
            raise Refused(
                danger,
                code=ErrorCode.CONFIRMATION_NEEDED,
                why="there is no terminal to ask for confirmation",
                instead=steps,
            )
        raise Refused(
            f"not confirmed: expected {expected!r}, got {answer!r}",
            code=ErrorCode.NOT_CONFIRMED,
            why=danger,
            instead=steps,
        )

    def document(self, exit_code: int, error: dict[str, object] | None = None) -> str:
        """The JSON document of this run."""
        return json_document(self.command, exit_code, self.data, self.events, error)

    def close(self, exit_code: int) -> None:
        """End a run that did not fail: remove the progress bar, print the JSON document."""
        self.clear()
        if self.json:
            print_line(self.document(exit_code))


COMMON = (
    click.option("-d", "--database", metavar="URL", help="Database URL, conninfo, or embedded:[MAJOR|DIR]."),
    click.option("-e", "--env", "environment", metavar="NAME", help="Named environment of the configuration."),
    click.option("-c", "--config", "config_file", metavar="FILE", help="Configuration file."),
    click.option("-m", "--migrations-dir", metavar="DIR", help="Directory of the migrations."),
    click.option(
        "--output-format",
        type=click.Choice(["text", "json"]),
        default="text",
        help="How the answer is printed.",
    ),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours."),
    click.option("-q", "--quiet", is_flag=True, help="Only the result and errors."),
    click.option("-v", "--verbose", is_flag=True, help="Every statement; the code of an error."),
    click.option("--debug", is_flag=True, help="Show Python's traceback on an error."),
)


SECRETS = ("PGPASSWORD", "ROWKEEP_BOT_PASSWORD", "ROWKEEP_MIGRATION_PASSWORD")


def _hide_secrets(database: str | None, environ: Mapping[str, str]) -> None:
    """Mask these passwords in everything that is printed from now on."""
    known: Iterable[str] = ()
    public: Iterable[str] = ()
    if database is not None:
        from rowkeep.config.address import find_secrets

        known, public = find_secrets(database)
    names = ("PGUSER", "PGDATABASE", "PGHOST")
    hide(
        (*known, *(environ[name] for name in SECRETS if environ.get(name))),
        (*public, *(environ[name] for name in names if environ.get(name))),
    )


_ASKS = "Read facts from the configured database, or from this URL."


def _split_database_flag(flags: dict[str, Any], options: dict[str, Any]) -> None:
    """Parse a --database with an optional value. A following word that is not a connection string is a path."""
    value = flags["database"]
    options["asked"] = value is not None
    flags["database"] = value or None
    if value and not re.search(r"[=:@%]|//", value):
        flags["database"] = None
        options["paths"] = (value, *options["paths"])


def declare_command(
    name: str, *, formats: tuple[str, ...] = (), asks: bool = False, stores: bool = False, **attributes: Any
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Declare a command: a function of a CommandContext and its own options. It returns an exit code, or None for 0.

    formats: its choices for --output-format, the default first. asks: --database needs no value; the option `asked`
    says whether it was used. stores: its answer may be stored (not with `--no-cache`, or after `spoil_recording`).
    """

    def declare(function: Callable[..., int | None]) -> click.Command:
        @functools.wraps(function)
        def invoke(**options: Any) -> int:
            flags = {key: options.pop(key) for key in ("database", "environment", "config_file", "migrations_dir")}
            output_format = options.pop("output_format")
            quiet, verbose, color = options.pop("quiet"), options.pop("verbose"), options.pop("color")
            options.pop("debug")
            ctx = click.get_current_context()
            if asks:
                _split_database_flag(flags, options)
            forget()
            if stores and not options.pop("no_cache"):
                from rowkeep.cli.answer_recorder import AnswerRecorder

                ctx.find_root().obj["answer"] = AnswerRecorder(ctx.find_root().obj["arguments"])
            _hide_secrets(flags["database"], os.environ)
            settings = load_settings(flags, os.environ)
            _hide_secrets(settings.database, settings.libpq)
            # libpq and the programs read these variables from the environment; the `.env` file may set them, too.
            os.environ.update(settings.libpq)
            context = CommandContext(
                settings,
                command=ctx.command_path.partition(" ")[2],
                output_format=output_format,
                quiet=quiet,
                verbose=verbose,
                color=color,
                arguments=ctx.find_root().obj["arguments"],
            )
            ctx.find_root().obj["context"] = context
            return function(context, **options) or 0

        wrapped: click.Command = click.command(name, **attributes)(invoke)  # type: ignore[no-untyped-call]  # **Any
        for option in COMMON:
            option(wrapped)
        if asks:
            optional = click.Option(["-d", "--database"], metavar="[URL]", is_flag=False, flag_value="", help=_ASKS)
            wrapped.params = [optional if param.name == "database" else param for param in wrapped.params]
        if formats:
            choice = next(param for param in wrapped.params if param.name == "output_format")
            choice.type, choice.default = click.Choice(formats), formats[0]
        return wrapped

    return declare
