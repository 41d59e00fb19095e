"""What every command does: help, hints, pipes, colour, JSON, signals, tracebacks. With real commands and a probe."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import run_command

from rowkeep.cli.output import use_color
from rowkeep.cli.root_group import COMMANDS

PROBE = """
import os, sys, time
import click
from rowkeep import cli
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.root_group import COMMANDS
from rowkeep.domain.event import Noted, Outcome, StageStarted, StageFinished
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Refused

@declare_command("probe")
@click.argument("act")
def command(context, act):
    if act == "sleep":
        open(os.environ["ASLEEP"], "w").close()
        time.sleep(30)
    elif act == "refuse":
        raise Refused("no", code=ErrorCode.NOT_CONFIRMED, instead=("rowkeep probe answer",))
    elif act == "break":
        raise RuntimeError("broken inside")
    elif act == "ask":
        click.prompt("name", err=True)
    elif act == "work":
        for number in range(5000):
            context.emit(Noted(f"line {number}"))
        open("done", "w").close()
        return 5
    elif act == "stage":
        context.emit(StageStarted("lint", "Linting", 3))
        context.emit(StageFinished("lint", Outcome.OK, 0.1, "3 files"))
    elif act == "long":
        context.answer("\\n".join(str(number) for number in range(50_000)))
        return 5
    context.answer("the answer", number=42)

sys.modules["probe"] = sys.modules["__main__"]
COMMANDS["probe"] = ("probe", "Does as told.")
sys.exit(cli.run(sys.argv[1:]))
"""


GROUPS = {"environment", "backup", "clones", "roles", "schema", "tools"}


@pytest.fixture
def probe(tmp_path: Path) -> list[str]:
    """The command line with one more command, `probe ACT`."""
    script = tmp_path / "probe.py"
    script.write_text(PROBE)
    return [sys.executable, str(script)]


def run(arguments: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        arguments, env=clean | environ, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
    )


def rowkeep(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-m", "rowkeep", *arguments], **environ)


def test_alone_it_prints_help_and_succeeds() -> None:
    alone, helped = rowkeep(), rowkeep("--help")
    assert (alone.returncode, alone.stderr) == (0, "")
    assert alone.stdout == helped.stdout
    assert all(f"  {name} " in alone.stdout for name in COMMANDS)


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(flag: str) -> None:
    assert re.fullmatch(r"rowkeep \d+\.\d+\.\d+\S*\n", rowkeep(flag).stdout)


@pytest.mark.parametrize(
    "words", ["", "--version", "rule lint-first", "lint missing", "status", "config show", "statsu"]
)
def test_a_forked_command_says_the_same(words: str, tmp_path: Path) -> None:
    """Most tests run commands so: no result of theirs may come from how the command was started."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "rowkeep", *words.split()]
    started = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=PATIENCE_S)
    forked = run_command(*words.split(), cwd=tmp_path, env=env)
    assert (forked.returncode, forked.stdout, forked.stderr) == (started.returncode, started.stdout, started.stderr)


def test_unknown_command_names_the_nearest() -> None:
    done = rowkeep("statsu")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such command: 'statsu'; did you mean 'status'" in done.stderr
    assert "= next:  rowkeep status" in done.stderr


def test_unknown_option_names_the_nearest() -> None:
    done = rowkeep("completion", "bash", "--databse", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--databse" in done.stderr
    assert re.search(r"[Dd]id you mean '?--database", done.stderr)


@pytest.mark.parametrize(("group", "names"), [("mark", "applied, unapplied"), ("tools", "install, list, path")])
def test_a_group_alone_names_its_subcommands(group: str, names: str) -> None:
    done = rowkeep(group)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"error: `rowkeep {group}` needs a subcommand: {names}",
        "  = state: nothing was changed",
        f"  = next:  rowkeep {group} --help",
    ]


def test_a_refusal_says_what_state_and_next(probe: list[str]) -> None:
    done = run([*probe, "probe", "refuse"])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: no\n  = state: nothing was changed\n  = next:  rowkeep probe answer\n"


def test_verbose_shows_the_code_of_an_error(probe: list[str]) -> None:
    for flag in ("-v", "--verbose"):
        assert run([*probe, "probe", "refuse", flag]).stderr.endswith(
            "rowkeep probe answer\n  = code:  not-confirmed\n"
        )
    assert run([*probe, "probe", "-v"]).stderr.endswith("  = code:  invalid-usage\n")


def test_only_debug_shows_a_traceback(probe: list[str]) -> None:
    plain, debug = run([*probe, "probe", "break"]), run([*probe, "probe", "break", "--debug"])
    assert (plain.returncode, debug.returncode) == (70, 70)
    assert "Traceback" not in plain.stderr + plain.stdout + debug.stdout
    assert "RuntimeError: broken inside" in plain.stderr
    assert "--debug" in plain.stderr
    assert "Traceback" in debug.stderr


class TestJson:
    """With --output-format json stdout is one document, whatever happens."""

    @pytest.mark.parametrize(
        ("arguments", "exit_code", "kind", "code"),
        [
            (["probe", "answer"], 0, None, None),
            (["probe", "stage"], 0, None, None),
            (["probe", "refuse"], 1, "Refused", "not-confirmed"),
            (["probe", "answer", "--nope"], 2, "Misused", "invalid-usage"),
            (["probe"], 2, "Misused", "invalid-usage"),
            (["prob"], 2, "Misused", "unknown-command"),
            (["probe", "break"], 70, "Bug", "bug"),
            (["probe", "break", "--debug"], 70, "Bug", "bug"),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("flag", [["--output-format", "json"], ["--output-format=json"]], ids=["apart", "joined"])
    def test_one_document(
        self,
        probe: list[str],
        arguments: list[str],
        exit_code: int,
        kind: str | None,
        code: str | None,
        flag: list[str],
    ) -> None:
        done = run([*probe, *arguments, *flag])
        document = json.loads(done.stdout)
        assert done.returncode == document["exit_code"] == exit_code
        assert document["schema_version"] == 2
        assert document["command"] == arguments[0]
        assert (document["error"] and document["error"]["kind"]) == kind
        assert (document["error"] and document["error"]["code"]) == code
        if "--debug" not in arguments:
            assert done.stderr == ""

    def test_the_result_and_the_events_are_in_it(self, probe: list[str]) -> None:
        document = json.loads(run([*probe, "probe", "stage", "--output-format", "json"]).stdout)
        assert document["result"] == {"number": 42}
        assert [event["event"] for event in document["events"]] == ["StageStarted", "StageFinished"]

    @pytest.mark.parametrize(
        "words",
        [
            *sorted(set(COMMANDS) - GROUPS - {"completion", "create", "demo", "restore"}),
            "backup create",
            "backup list",
            "clones list",
            "completion zsh",
            "environment show",
            "create add-users",
            "restore nothing --into new",
            "roles plan",
            "schema dump",
            "tools path 18",
        ],
    )
    def test_of_every_command_where_nothing_is_set_up(self, words: str, tmp_path: Path) -> None:
        clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = run_command(*words.split(), "--output-format", "json", cwd=tmp_path, env=clean)
        document = json.loads(done.stdout)
        assert document["exit_code"] == done.returncode
        first, *rest = words.split()
        assert document["command"] == (f"{first} {rest[0]}" if first in GROUPS else first)
        assert document["error"] is None or done.returncode != 0
        assert "Traceback" not in done.stderr

    def test_interrupted(self, probe: list[str], tmp_path: Path) -> None:
        with _asleep([*probe, "probe", "sleep", "--output-format", "json"], tmp_path) as child:
            child.send_signal(signal.SIGTERM)
            out, _ = child.communicate(timeout=PATIENCE_S)
        assert (child.returncode, json.loads(out)["exit_code"]) == (143, 143)


class TestSignals:
    @pytest.mark.parametrize(
        ("number", "code", "word"),
        [
            (signal.SIGINT, 130, "interrupted (Ctrl-C)"),
            (signal.SIGTERM, 143, "terminated (SIGTERM)"),
            (signal.SIGHUP, 129, "the terminal was closed (SIGHUP)"),
        ],
        ids=["SIGINT", "SIGTERM", "SIGHUP"],
    )
    def test_says_so_and_leaves_with_its_code(
        self, probe: list[str], tmp_path: Path, number: signal.Signals, code: int, word: str
    ) -> None:
        with _asleep([*probe, "probe", "sleep"], tmp_path) as child:
            child.send_signal(number)
            _, err = child.communicate(timeout=PATIENCE_S)
        assert child.returncode == code
        assert f"error: {word}\n  = state: nothing was changed\n" in err
        assert "Traceback" not in err

    def test_nohup_is_honoured(self, probe: list[str], tmp_path: Path) -> None:
        with _asleep(["nohup", *probe, "probe", "sleep"], tmp_path) as child:
            child.send_signal(signal.SIGHUP)
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(timeout=0.5)
            child.send_signal(signal.SIGTERM)
            child.communicate(timeout=PATIENCE_S)
        assert child.returncode == 143

    def test_input_that_ends_is_a_refusal(self, probe: list[str]) -> None:
        done = run([*probe, "probe", "ask"])
        assert done.returncode == 1
        assert "error: not confirmed" in done.stderr


class TestPipes:
    def test_help_into_head_is_quiet(self) -> None:
        done = _shell(f"'{sys.executable}' -m rowkeep --help | true; echo ${{PIPESTATUS[0]}}")
        assert (done.stdout, done.stderr) == ("0\n", "")

    def test_a_reader_that_goes_does_not_change_the_exit_code(self, probe: list[str]) -> None:
        done = _shell(f"'{probe[0]}' '{probe[1]}' probe long | head -n 1; echo ${{PIPESTATUS[0]}}")
        assert (done.stdout, done.stderr) == ("0\n5\n", "")

    def test_a_reader_of_progress_that_goes_does_not_stop_the_work(self, probe: list[str], tmp_path: Path) -> None:
        piped = f"'{probe[0]}' '{probe[1]}' probe work 2>&1 | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = _shell(f"cd '{tmp_path}' && {piped}")
        assert done.stdout.splitlines()[-1] == "5"
        assert (tmp_path / "done").exists()


class TestColour:
    @pytest.mark.parametrize(
        ("choice", "terminal", "environ", "wanted"),
        [
            ("auto", True, {}, True),
            ("auto", False, {}, False),
            ("auto", True, {"NO_COLOR": "1"}, False),
            ("auto", True, {"NO_COLOR": ""}, True),
            ("auto", True, {"TERM": "dumb"}, False),
            ("auto", False, {"FORCE_COLOR": "1"}, True),
            ("auto", False, {"FORCE_COLOR": "0"}, False),
            ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
            ("always", False, {"NO_COLOR": "1"}, True),
            ("never", True, {"FORCE_COLOR": "1"}, False),
        ],
    )
    def test_who_decides(self, choice: str, terminal: bool, environ: dict[str, str], wanted: bool) -> None:
        assert use_color(choice, terminal, environ) is wanted

    @pytest.mark.parametrize(
        ("environ", "arguments", "escapes", "colours"),
        [
            ({"TERM": "xterm"}, [], True, True),
            ({"TERM": "xterm", "NO_COLOR": "1"}, [], True, False),
            ({"TERM": "xterm"}, ["--color", "never"], True, False),
            ({"TERM": "dumb"}, [], False, False),
        ],
        ids=["terminal", "NO_COLOR", "never", "dumb"],
    )
    def test_on_a_terminal(
        self, probe: list[str], environ: dict[str, str], arguments: list[str], escapes: bool, colours: bool
    ) -> None:
        shown = _on_terminal([*probe, "probe", "stage", *arguments], environ)
        assert "3 files" in shown
        assert ("\x1b[" in shown) is escapes
        assert bool(re.search(r"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38)[0-9;]*m", shown)) is colours

    def test_a_pipe_gets_no_escape(self, probe: list[str]) -> None:
        done = run([*probe, "probe", "stage"], TERM="xterm")
        assert "\x1b" not in done.stdout + done.stderr


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_a_script_for_each_shell(self, shell: str) -> None:
        done = rowkeep("completion", shell, "--quiet")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"_ROWKEEP_COMPLETE={shell}_complete" in done.stdout

    def test_bash_completes_a_command(self, tmp_path: Path) -> None:
        program = tmp_path / "rowkeep"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rowkeep "$@"\n')
        program.chmod(0o755)
        script = rowkeep("completion", "bash").stdout
        asked = f'COMP_WORDS=(rowkeep compl) COMP_CWORD=1; _rowkeep_completion {program}; echo "${{COMPREPLY[@]}}"'
        done = _shell(f"{script}\n{asked}")
        assert done.stdout.split() == ["completion"], done.stderr

    def test_options_are_completed_too(self) -> None:
        done = rowkeep(_ROWKEEP_COMPLETE="bash_complete", COMP_WORDS="rowkeep completion --data", COMP_CWORD="2")
        assert done.stdout == "plain,--database\n"


def test_only_the_context_prints() -> None:
    """A command answers through its CommandContext, which handles JSON, pipes and bars. Nothing else prints."""
    speakers = {"root_group.py", "output.py", "failure.py", "context.py", "progress.py"}
    room = Path(sys.modules["rowkeep.cli"].__file__ or "").parent
    for file in room.rglob("*.py"):
        if file.name not in speakers:
            for line in file.read_text().splitlines():
                said = re.search(r"\bprint\(|click\.s?echo\(|sys\.exit\(", line)
                assert not said or "err=True" in line, f"{file.name}: {line.strip()}"


def _shell(command: str) -> subprocess.CompletedProcess[str]:
    return run(["bash", "-c", command])


@contextmanager
def _asleep(arguments: list[str], directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A child that has reached its sleep."""
    sign = directory / "asleep"
    child = subprocess.Popen(
        arguments,
        env=os.environ | {"ASLEEP": str(sign)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        late = time.monotonic() + PATIENCE_S
        while not sign.exists():
            assert child.poll() is None and time.monotonic() < late, "the child never slept"
            time.sleep(0.02)
        yield child
    finally:
        child.kill()
        child.communicate()


def _on_terminal(arguments: list[str], environ: dict[str, str]) -> str:
    """What a program shows on a terminal of its own (stdout and stderr)."""
    ours, theirs = pty.openpty()
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    child = subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=clean | environ)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:
        pass  # Linux says EIO when the other side is closed
    finally:
        os.close(ours)
    assert child.wait(timeout=PATIENCE_S) == 0
    return shown.decode()
