"""Builds the script of a transaction from the steps of a plan."""

from __future__ import annotations

from rowkeep.database.connection.own_settings import array
from rowkeep.database.connection.pipeline import PipelineCommand
from rowkeep.database.executor import encoding
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import BEGIN, COMMIT, FIRE_DEFERRED, CommitGuard, TransactionScript
from rowkeep.database.queries import load_query
from rowkeep.domain.deploy.guard import GuardMode
from rowkeep.domain.frozen import replace
from rowkeep.domain.plan import Step
from rowkeep.plan.guard.additive import find_created_tables


def build_script(context: RunContext, steps: tuple[Step, ...], guard: CommitGuard | None = None) -> TransactionScript:
    """The transaction of a group of steps, with their records. guard: commits it; without one, COMMIT is the last."""
    script = TransactionScript([BEGIN], guard=guard)
    if guard is not None:
        script.commands += guard.first_commands()
    count = 0
    for number, step in enumerate(steps, 1):
        count = add_step(context, script, step, count)
        if number < len(steps):
            script.commands.append(PipelineCommand(load_query("session.defer_again")))
    script.commands += [COMMIT] if guard is None else guard.last_commands()
    return script


def add_step(context: RunContext, script: TransactionScript, step: Step, count: int) -> int:
    """Add the commands of a step and its record. count: statements before it in the group; returned with its own."""
    short = context.policy.lock_timeout_ms
    patient = bool(step.pieces) and step.pieces[0].patient and not step.own_lock_timeout
    script.commands += [context.begin_command(_lock_timeout_ms(context, patient)), *context.value_form_commands()]
    checked = encoding.statements_to_check(step)
    first = count
    for index, piece in enumerate(step.pieces):
        if patient and not piece.patient:
            patient = False
            script.commands.append(PipelineCommand(load_query("session.set_lock_timeout"), (b"%dms" % short,)))
        script.statements[len(script.commands)] = (step, index, count)
        # The server sends its answers when it is asked for them; the time of a statement needs each one at once.
        script.commands.append(PipelineCommand(piece.statement.text.encode(), awaited=True))
        if index in checked:
            script.encoding_checks[len(script.commands)] = count
            script.commands.append(encoding.CHECK)
        count += 1
    script.deferred_checks[len(script.commands)] = step, first
    script.commands.append(FIRE_DEFERRED)
    script.commands += context.restore_commands()
    script.restores.add(len(script.commands) - 1)
    script.commands += context.own_table_checks()
    if context.plan.guard.mode is not GuardMode.OFF and (names := find_created_tables((step,))):
        script.created.add(len(script.commands))
        script.commands.append(PipelineCommand(load_query("guard.created_tables"), (array(sorted(names)).encode(),)))
    script.records[len(script.commands)] = step
    script.commands.append(context.record_command(step)._replace(awaited=True))
    return count


def build_single_statement(
    context: RunContext, step: Step, index: int, mark: PipelineCommand, guard: CommitGuard | None
) -> TransactionScript:
    """One statement of a step that runs without a transaction of its own, and the mark that it is done."""
    script = TransactionScript([BEGIN, context.begin_command(context.policy.lock_timeout_ms, path=False)], guard=guard)
    if guard is not None:
        script.commands += guard.first_commands()
    script.statements[len(script.commands)] = (step, index, index)
    script.commands.append(PipelineCommand(step.pieces[index].statement.text.encode()))
    if encoding.statements_to_check(step):
        script.encoding_checks[len(script.commands)] = index
        script.commands.append(encoding.CHECK)
    script.deferred_checks[len(script.commands)] = replace(step, pieces=(step.pieces[index],)), index
    script.commands += [FIRE_DEFERRED, *context.own_settings_commands(), *context.own_table_checks(), mark]
    script.commands += [COMMIT] if guard is None else guard.last_commands()
    return script


def _lock_timeout_ms(context: RunContext, patient: bool) -> int:
    return max(context.policy.lock_timeout_ms, int(context.policy.lock_deadline_s * 1000) if patient else 0)
