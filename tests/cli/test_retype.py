"""The next command repeats what was typed, so that it can be copied as it is."""

from __future__ import annotations

import shlex

import pytest

from rowkeep.cli.retype import deploy_command, repeat_arguments

OFFER = "if they may go: rowkeep deploy --accept-loss public.b --because 'REASON'"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("deploy", "if they may go: rowkeep deploy --accept-loss public.b --because 'REASON'"),
        (
            "rehearse 3 --accept-loss public.a --because old",
            "if they may go: rowkeep rehearse 3 --accept-loss public.a --because old --accept-loss public.b",
        ),
        ("up 2 --because=old", "if they may go: rowkeep up 2 --because=old --accept-loss public.b"),
        ("deploy --accept-loss public.b", "if they may go: rowkeep deploy --accept-loss public.b --because 'REASON'"),
        (
            "deploy --database postgres://a:secret@h/d",
            "if they may go: rowkeep deploy --database URL --accept-loss public.b --because 'REASON'",
        ),
        ("backup", OFFER),
        ("", OFFER),
    ],
)
def test_an_offer_keeps_the_options_that_were_typed(typed: str, offered: str) -> None:
    assert repeat_arguments(OFFER, shlex.split(typed)) == offered


def test_a_new_limit_replaces_the_old_one_and_the_remark_stays() -> None:
    step = "rowkeep deploy --hold-limit 90s   (if the application may wait so long)"
    assert (
        repeat_arguments(step, ["deploy", "1", "--hold-limit", "5s", "--max-lock", "9s"])
        == "rowkeep deploy 1 --max-lock 9s --hold-limit 90s   (if the application may wait so long)"
    )


@pytest.mark.parametrize(
    "step", ["rowkeep status", "rowkeep lint   (shows the form)", "-- rowkeep: accept-loss public.b because REASON"]
)
def test_other_steps_stay_as_they_are(step: str) -> None:
    assert repeat_arguments(step, ["deploy", "--because", "x"]) == step


@pytest.mark.parametrize(
    ("typed", "saved", "next_command"),
    [
        ("rehearse", None, "rowkeep deploy"),
        ("rehearse 1 --save r.json", "r.json", "rowkeep deploy 1 --rehearsed r.json"),
        (
            "rehearse 2_b --fresh --data full -d postgres://a:secret@h/d --accept-loss public.a --because 'no use'",
            None,
            "rowkeep deploy 2_b --accept-loss public.a --because 'no use'",
        ),
        ("deploy", None, "rowkeep deploy"),
    ],
)
def test_after_a_rehearsal_the_deploy_with_the_same_consent(typed: str, saved: str | None, next_command: str) -> None:
    assert deploy_command(shlex.split(typed), saved) == next_command
