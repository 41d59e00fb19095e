"""Record the result of a roundtrip, which `down` asks for in production. Refuse where something did not come back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.database.connection.session import Session
from rowkeep.database.store import roundtrips
from rowkeep.domain.deploy.deployment import Acceptance
from rowkeep.domain.deploy.roundtrip import ProvenDown, Roundtrip, RoundtripStep
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Plan
from rowkeep.errors import BackupFailed, Bug, Failed, Interrupted, Refused, RowkeepError, Unreachable
from rowkeep.plan.losses import find_names_to_offer, find_unaccepted
from rowkeep.report.deploy.roundtrip import format_trip
from rowkeep.workflows.rehearsal.roundtrip import find_provable_down


def record_roundtrip(
    session: Session,
    plan: Plan,
    roundtrip: Roundtrip,
    acceptance: Acceptance,
    run_metadata: RunMetadata,
    emit: Emit,
    next_steps: tuple[str, ...] = (),
) -> None:
    """Record in production's ledger which down parts passed. Raises Refused where something did not come back.

    All or nothing: where one migration did not come back, the others were tried in a state that is not production's,
    and none of them passes. next_steps: what else the refusal says to do.
    """
    proofs = [trip.proven for trip in roundtrip.trips if trip.proven]
    passed = all(_passes(roundtrip, trip, acceptance) for trip in roundtrip.trips)
    _save(session, plan, proofs, run_metadata, emit, passed=passed)
    refuse_not_restored(roundtrip, acceptance, next_steps)


@contextmanager
def record_failure(session: Session, plan: Plan, run_metadata: RunMetadata, emit: Emit) -> Iterator[None]:
    """Where the migrations fail on the copy, record that they did not pass: an earlier pass no longer counts."""
    try:
        yield
    except (BackupFailed, Interrupted, Unreachable, Bug):
        raise  # says nothing about the migrations
    except RowkeepError:
        tried = [proof for step in plan.steps if (proof := find_provable_down(step.migration)) is not None]
        _save(session, plan, tried, run_metadata, emit, passed=False)
        raise


def _save(
    session: Session, plan: Plan, tried: list[ProvenDown], run_metadata: RunMetadata, emit: Emit, *, passed: bool
) -> None:
    if not tried:
        return
    try:
        if not passed and not roundtrips.has_roundtrips(session):
            return  # there is no earlier pass that must no longer count
        roundtrips.save_roundtrip(session, plan.history, tried, run_metadata.details, passed=passed)
    except Failed as error:
        emit(Noted(f"{error.what}: {error.why}", warning=True))


def refuse_not_restored(roundtrip: Roundtrip, acceptance: Acceptance, next_steps: tuple[str, ...] = ()) -> None:
    """Raise Refused for a structure that is not the same, and for a loss that nobody accepted by name."""
    failed = [trip for trip in roundtrip.trips if not _passes(roundtrip, trip, acceptance)]
    if not failed:
        return
    lost = [loss for trip in failed for loss in find_unaccepted(roundtrip.losses_of(trip), acceptance.names)]
    instead = ["change the down part so that it brings back what the up part took, and nothing else"]
    if lost and all(trip.same for trip in failed):
        names = " ".join(f"--accept-loss {shlex.quote(name)}" for name in find_names_to_offer(tuple(lost)))
        instead.append(f"if it really need not come back: rowkeep rehearse … {names} --because 'REASON'")
    raise Refused(
        "the roundtrip does not end with the structure and rows it started with",
        code=ErrorCode.ROUNDTRIP_DIFFERS,
        why=[format_trip(roundtrip, trip) for trip in failed],
        instead=(*instead, *next_steps),
    )


def _passes(roundtrip: Roundtrip, trip: RoundtripStep, acceptance: Acceptance) -> bool:
    return trip.same and not find_unaccepted(roundtrip.losses_of(trip), acceptance.names)
