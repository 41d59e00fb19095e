"""What comes of a roundtrip: a refusal where something did not come back, and a proof that `down` will ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.database import roundtrips
from rowkeep.database.session import Session
from rowkeep.domain.deployment import Acceptance
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.plan import Plan
from rowkeep.domain.roundtrip import Proven, Roundtrip, Trip
from rowkeep.errors import BackupFailed, Bug, Failed, Interrupted, Refused, RowkeepError, Unreachable
from rowkeep.plan.losses import not_accepted
from rowkeep.report.roundtrip import trip_text
from rowkeep.walk.roundtrip import proven


def returned(
    session: Session,
    plan: Plan,
    roundtrip: Roundtrip,
    acceptance: Acceptance,
    circumstances: Circumstances,
    tell: Tell,
) -> None:
    """Keep in production's ledger what went there and back. Raises Refused where something did not come back.

    All or nothing: where one migration did not come back, the state that the others were tried in is not that of
    production, and none of them passes.
    """
    proofs = [trip.proven for trip in roundtrip.trips if trip.proven]
    passed = all(_good(roundtrip, trip, acceptance) for trip in roundtrip.trips)
    _keep(session, plan, proofs, circumstances, tell, passed=passed)
    judge(roundtrip, acceptance)


@contextmanager
def failing(session: Session, plan: Plan, circumstances: Circumstances, tell: Tell) -> Iterator[None]:
    """Where the migrations fail on the copy, what passed before does not count any more."""
    try:
        yield
    except (BackupFailed, Interrupted, Unreachable, Bug):
        raise  # says nothing about the migrations
    except RowkeepError:
        tried = [proof for step in plan.steps if (proof := proven(step.migration)) is not None]
        _keep(session, plan, tried, circumstances, tell, passed=False)
        raise


def _keep(
    session: Session, plan: Plan, tried: list[Proven], circumstances: Circumstances, tell: Tell, *, passed: bool
) -> None:
    if not tried:
        return
    try:
        roundtrips.remember(session, plan.history, tried, circumstances.details, passed=passed)
    except Failed as error:
        tell(Noted(f"{error.what}: {error.why}", warning=True))


def judge(roundtrip: Roundtrip, acceptance: Acceptance) -> None:
    """Raise Refused for a structure that is not the same, and for a loss that nobody accepted by name."""
    bad = [trip for trip in roundtrip.trips if not _good(roundtrip, trip, acceptance)]
    if not bad:
        return
    lost = [loss for trip in bad for loss in not_accepted(roundtrip.lost(trip), acceptance.names)]
    instead = ["change the down part so that it brings back what the up part took, and nothing else"]
    if lost and all(trip.same for trip in bad):
        names = " ".join(f"--accept-loss {name}" for name in dict.fromkeys(loss.name for loss in lost))
        instead.append(f"if it really need not come back: rowkeep rehearse … {names} --because 'REASON'")
    raise Refused(
        "the roundtrip does not end where it began",
        why="\n".join(trip_text(roundtrip, trip) for trip in bad),
        instead=tuple(instead),
    )


def _good(roundtrip: Roundtrip, trip: Trip, acceptance: Acceptance) -> bool:
    return trip.same and not not_accepted(roundtrip.lost(trip), acceptance.names)
