"""Death at every step, in six ways: afterwards history, ledger and catalog agree, and one more run finishes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import psycopg
import pytest
from tests.faults.power import power
from tests.faults.proxy import Cut, Proxy
from tests.faults.story import STORIES, begin, consistent, ends
from tests.faults.strikes import in_a_child, moments, struck
from tests.patience import PATIENCE_S

from rowkeep.database.connection.session import Session
from rowkeep.database.executor import reconnect
from rowkeep.errors import Busy, Failed, HalfDone, Interrupted, Remains, RowkeepError, Unreachable

if TYPE_CHECKING:
    from tests.support.project import Project

    from rowkeep.scratch import Server

pytestmark = [pytest.mark.server, pytest.mark.faults]
ALL = pytest.mark.majors(14, 15, 16, 17, 18)
STORY = pytest.mark.parametrize("story", list(STORIES))

Found = TypeVar("Found")


def chosen(found: Sequence[Found], sample: int | None, salt: int) -> list[Found]:
    """`sample` of them, far from each other, others for each major; all of them where there is no sample."""
    if sample is None:
        return list(found)
    # Steps of the golden section stay far from each other, however many there are.
    return [found[int(len(found) * ((salt * 0.618034 + number / sample) % 1))] for number in range(sample)]


def die_all(
    project: Project, story: str, deaths: Iterable[Found], die: Callable[[Project, Found], None], record: Callable
) -> None:
    """Every death on a new story, what must hold after it, and the run that finishes."""
    count = 0
    for death in deaths:
        begin(project, story)
        try:
            die(project, death)
            wait_until_alone(project)
            consistent(project, story)
            ends(project, story)
        except (AssertionError, RowkeepError, psycopg.Error) as error:
            raise AssertionError(f"after death {death} of {story}: {error}") from error
        count += 1
    record("deaths", count)


def wait_until_alone(project: Project) -> None:
    """The sessions of the dead are gone."""
    until = time.monotonic() + PATIENCE_S
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(project.conninfo, autocommit=True) as connection:
        while connection.execute(query).fetchone() != (0,):
            assert time.monotonic() < until, "a session of the dead still works"
            time.sleep(0.01)


def survived(project: Project, moment: int, strike: Callable[[Session], None]) -> RowkeepError:
    """Strike and go on in this process. The failure of the story itself is an end, too."""
    with pytest.raises((Failed, HalfDone, Interrupted, Unreachable, Busy)) as raised:
        struck(project, moment, strike)
    return raised.value


@ALL
@STORY
def test_kill(project: Project, server: Server, story: str, sample: int | None, record_property: Callable) -> None:
    def kill(_: Session) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def die(project: Project, moment: int) -> None:
        assert in_a_child(project, moment, kill) == -signal.SIGKILL

    die_all(project, story, every(project, server, story, sample), die, record_property)


@ALL
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@STORY
def test_signal(
    project: Project, server: Server, story: str, by: signal.Signals, sample: int | None, record_property: Callable
) -> None:
    def die(project: Project, moment: int) -> None:
        raised = survived(project, moment, lambda _: os.kill(os.getpid(), by))
        assert raised.remains is not Remains.UNKNOWN

    die_all(project, story, every(project, server, story, sample), die, record_property)


@ALL
@STORY
def test_an_ended_session(
    project: Project, server: Server, story: str, sample: int | None, record_property: Callable
) -> None:
    def end(session: Session) -> None:
        with suppress(psycopg.Error):
            project.sql("SELECT pg_terminate_backend(%s)", session.connection.info.backend_pid)

    def die(project: Project, moment: int) -> None:
        assert survived(project, moment, end).remains is not Remains.UNKNOWN

    die_all(project, story, every(project, server, story, sample), die, record_property)


@ALL
@STORY
def test_a_cut_connection(
    project: Project,
    server: Server,
    story: str,
    sample: int | None,
    record_property: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before and after every message, either way; together the majors cut at each of them."""
    monkeypatch.setattr(reconnect, "RECONNECT_S", 0.5)
    begin(project, story)
    direct = project.conninfo
    with Proxy(direct) as proxy, pytest.raises((Failed, HalfDone)):
        through(project, proxy).run()
    cuts = [
        Cut(asked, number, forwarded, gone=number % 7 == 0)
        for asked, count in proxy.counts.items()
        for number in range(server.major % 5, count - 3, 5)
        for forwarded in (False, True)
    ]

    def die(project: Project, cut: Cut) -> None:
        with Proxy(direct, cut) as proxy, pytest.raises((Failed, HalfDone, Unreachable, Busy)) as raised:
            through(project, proxy).run()
        assert proxy.broken, "the run ended before it was cut"
        assert raised.value.remains is not Remains.UNKNOWN or cut.gone

    die_all(project, story, chosen(cuts, sample, server.major), die, record_property)


def through(project: Project, proxy: Proxy) -> Project:
    """The same project behind the proxy."""
    return replace(project, conninfo=proxy.conninfo, events=[])


@ALL
@STORY
def test_a_stopped_server(
    project: Project,
    server: Server,
    story: str,
    sample: int | None,
    record_property: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stops without a word and comes back: at once, or when the run has given up."""
    monkeypatch.setattr(reconnect, "RECONNECT_S", 0.5)
    with power(server.programs) as switch:
        project = replace(project, conninfo=switch.server.conninfo(), events=[])

        def die(project: Project, moment: int) -> None:
            stays_off = moment % 2 == 1

            def fail(_: Session) -> None:
                switch.off()
                if not stays_off:
                    switch.on()

            raised = survived(project, moment, fail)
            if stays_off:
                switch.on()
            assert raised.remains is not Remains.UNKNOWN or stays_off

        die_all(project, story, every(project, server, story, sample), die, record_property)


def every(project: Project, server: Server, story: str, sample: int | None) -> list[int]:
    """The moments at which this run is struck."""
    begin(project, story)
    return chosen(range(moments(project)), sample, server.major)
