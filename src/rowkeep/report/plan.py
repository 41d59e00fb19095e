"""A plan as text and JSON: every statement with its place and how it will run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from rowkeep.domain.count import count_text
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, StatementStep, Step, TransactionMode
from rowkeep.report.text.visible import join_lines

if TYPE_CHECKING:
    from rowkeep.domain.lint.safe_form import SafeForm
    from rowkeep.domain.statement import Statement

FIX = "rowkeep lint --fix"
NONE: Mapping[str, SafeForm] = MappingProxyType({})
WORDS = {Direction.UP: "apply", Direction.DOWN: "undo"}


def format_plan(plan: Plan, safer: Mapping[str, SafeForm] = NONE) -> str:
    """What will be done, in order; or `nothing to do`. safer: the safe forms of migrations, by name."""
    if plan.idle:
        return format_nothing(plan)
    rows = [f"database {plan.database}: {format_plan_summary(plan)}"]
    if plan.create_history:
        rows.append(f"  create the history table {plan.history.key}")
    if plan.ledger and plan.edition == 0:
        rows.append("  create the ledger (schema rowkeep)")
    rows.extend(f"  accept {edit.name} as it is now" for edit in plan.settled if edit.accepted)
    for group in plan.units:
        if len(group) > 1:
            rows.append(f"  all {len(group)} in one transaction:")
        for step in group:
            rows.extend(_step(step, group))
            if step.direction is Direction.UP and step.name in safer:
                rows.extend(_safer(safer[step.name]))
    if safer:
        rows += ["", f"{FIX}   (writes the safe steps; run it before you apply)"]
    return join_lines(rows)


def format_nothing(plan: Plan) -> str:
    """`nothing to do`, and how many migrations are pending."""
    left = f"; {count_text(plan.left_pending, 'migration')} pending" if plan.left_pending else ""
    return f"database {plan.database}: nothing to do{left}"


def format_plan_summary(plan: Plan) -> str:
    """`2 migrations to apply (5 statements)`."""
    parts = []
    for direction, word in WORDS.items():
        steps = [step for step in plan.steps if step.direction is direction]
        if steps:
            statements = sum(len(step.pieces) for step in steps)
            parts.append(f"{count_text(len(steps), 'migration')} to {word} ({count_text(statements, 'statement')})")
    return ", ".join(parts) or "nothing to run"


def _step(step: Step, group: tuple[Step, ...]) -> list[str]:
    how = step.why if len(group) == 1 else "with the others"
    mode = "statement by statement: " if step.mode is TransactionMode.ALONE else ""
    rows = ["", f"  {WORDS[step.direction]} {step.name}   ({mode}{how})"]
    done = {mark.index for mark in step.resume if mark.mark.value == "done"}
    for index, piece in enumerate(step.pieces):
        note = _note(piece) if index not in done else "already done"
        rows.append(f"    {piece.statement.place}  {piece.statement.head}" + (f"   [{note}]" if note else ""))
        rows.extend(f"      {sent.place}  {sent.head}" for sent in piece.sends)
    if not step.pieces and step.mode is not TransactionMode.HANDED:
        rows.append("    (no statements: only the history changes)")
    return rows


def _safer(form: SafeForm) -> list[str]:
    """The new statements of the safe form, with the number of their migration."""
    count = count_text(len(form.files), "migration")
    rows = [f"    in safe steps, {count} (fixes {', '.join(form.answers)}):"]
    for number, file in enumerate(form.files, 1):
        for statement in file.statements:
            first, *more = statement.text.splitlines()
            note = "   [outside a transaction]" if statement.outside else ""
            rows.append(f"      {number}  {first.strip()}{' …' if more else ''}{note}")
    unchanged = sum(file.unchanged for file in form.files)
    if unchanged:
        rows.append(f"      ({count_text(unchanged, 'unchanged statement')} not shown)")
    return rows


def _safer_data(form: SafeForm) -> dict[str, object]:
    return {
        "answers": list(form.answers),
        "command": f"{FIX} {form.path}",
        "files": [
            {
                "path": file.path,
                "text": file.text,
                "statements": [
                    {"text": statement.text, "outside_transaction": statement.outside} for statement in file.statements
                ],
            }
            for file in form.files
        ],
    }


def _note(piece: StatementStep) -> str:
    return "outside a transaction" if piece.outside else ""


def serialize_plan(plan: Plan, safer: Mapping[str, SafeForm] = NONE) -> dict[str, object]:
    """The same for `--output-format json`."""
    return {
        "database": plan.database,
        "history": plan.history.key,
        "action": plan.action.value,
        "units": [[_step_data(step, safer) for step in group] for group in plan.units],
        "accepted": [edit.name for edit in plan.settled if edit.accepted],
        "notes": list(plan.notes),
        "warnings": list(plan.warnings),
        "left_pending": plan.left_pending,
    }


def _step_data(step: Step, safer: Mapping[str, SafeForm]) -> dict[str, object]:
    form = safer.get(step.name) if step.direction is Direction.UP else None
    return {
        "migration": step.name,
        "direction": step.direction.value,
        "path": step.migration.path,
        "mode": step.mode.value,
        "why": step.why,
        "statements": [
            {
                "line": piece.statement.place.line,
                "column": piece.statement.place.column,
                "text": piece.statement.text,
                "outside_transaction": piece.outside,
                **({"sends": [_statement_data(statement) for statement in piece.sends]} if piece.function else {}),
            }
            for piece in step.pieces
        ],
        "safer": _safer_data(form) if form is not None else None,
    }


def _statement_data(statement: Statement) -> dict[str, object]:
    place = statement.place
    return {"line": place.line, "column": place.column, "text": statement.text}
