"""Rowkeep keeps every row: safe changes for production PostgreSQL databases. The public names, and nothing else.

    import rowkeep

    project = rowkeep.Project(".", "postgresql://localhost/shop")
    if not project.lint().refuses():
        project.up(confirm="shop")

A name is imported when it is first used: `import rowkeep` costs nothing. The page is docs/library.md.
"""

from __future__ import annotations

from rowkeep.version import VERSION as __version__

TYPE_CHECKING = False
"""As `typing` has it, whose import takes longer than a stored answer of lint (lint_cache/answer.py)."""

if TYPE_CHECKING:
    from rowkeep.config import Settings as Settings
    from rowkeep.database.python.api import MigrationDatabase as Database
    from rowkeep.domain.deploy.application import ApplicationCheck as ApplicationCheck
    from rowkeep.domain.deploy.backup import Backup as Backup
    from rowkeep.domain.deploy.backup import BackupList as BackupList
    from rowkeep.domain.deploy.backup import RestoredBackup as RestoredBackup
    from rowkeep.domain.deploy.deployment import Deployment as Deployment
    from rowkeep.domain.deploy.golden_copy import GoldenCopies as GoldenCopies
    from rowkeep.domain.deploy.golden_copy import GoldenCopy as GoldenCopy
    from rowkeep.domain.deploy.loss import Loss as Loss
    from rowkeep.domain.deploy.loss import LossKind as LossKind
    from rowkeep.domain.deploy.prediction import Prediction as Prediction
    from rowkeep.domain.deploy.rehearsal import Rehearsal as Rehearsal
    from rowkeep.domain.deploy.rehearsal import Unrehearsed as Unrehearsed
    from rowkeep.domain.deploy.review import Review as Review
    from rowkeep.domain.deploy.saved_rehearsal import SavedRehearsal as SavedRehearsal
    from rowkeep.domain.deploy.structure_change import DriftReport as DriftReport
    from rowkeep.domain.deploy.structure_change import WrittenMigration as WrittenMigration
    from rowkeep.domain.deploy.swap import Swap as Swap
    from rowkeep.domain.deploy.verification import Verification as Verification
    from rowkeep.domain.error_code import ErrorCode as ErrorCode
    from rowkeep.domain.event import Blocker as Blocker
    from rowkeep.domain.event import Event as Event
    from rowkeep.domain.event import MigrationFinished as MigrationFinished
    from rowkeep.domain.event import MigrationStarted as MigrationStarted
    from rowkeep.domain.event import Noted as Noted
    from rowkeep.domain.event import Outcome as Outcome
    from rowkeep.domain.event import StageFinished as StageFinished
    from rowkeep.domain.event import StageProgress as StageProgress
    from rowkeep.domain.event import StageStarted as StageStarted
    from rowkeep.domain.event import StatementFinished as StatementFinished
    from rowkeep.domain.event import StatementStarted as StatementStarted
    from rowkeep.domain.event import Waiting as Waiting
    from rowkeep.domain.history.ledger import EntryOutcome as EntryOutcome
    from rowkeep.domain.history.ledger import HistoryEntry as HistoryEntry
    from rowkeep.domain.lint.finding import Category as Category
    from rowkeep.domain.lint.finding import Finding as Finding
    from rowkeep.domain.lint.finding import LintResult as LintResult
    from rowkeep.domain.lint.finding import Severity as Severity
    from rowkeep.domain.lint.finding import Suppression as Suppression
    from rowkeep.domain.migration import Direction as Direction
    from rowkeep.domain.migration import Directory as Directory
    from rowkeep.domain.migration import Migration as Migration
    from rowkeep.domain.plan import Action as Action
    from rowkeep.domain.plan import EditState as EditState
    from rowkeep.domain.plan import MigrationState as MigrationState
    from rowkeep.domain.plan import MigrationStatus as MigrationStatus
    from rowkeep.domain.plan import Plan as Plan
    from rowkeep.domain.plan import RunResult as RunResult
    from rowkeep.domain.plan import Step as Step
    from rowkeep.domain.plan import Survey as Survey
    from rowkeep.domain.plan import TransactionMode as TransactionMode
    from rowkeep.domain.schema.structure import Difference as Difference
    from rowkeep.domain.schema.structure import HealthConcern as HealthConcern
    from rowkeep.domain.schema.structure import Structure as Structure
    from rowkeep.domain.source import Place as Place
    from rowkeep.errors import BackupFailed as BackupFailed
    from rowkeep.errors import Bug as Bug
    from rowkeep.errors import Busy as Busy
    from rowkeep.errors import Differs as Differs
    from rowkeep.errors import Failed as Failed
    from rowkeep.errors import HalfDone as HalfDone
    from rowkeep.errors import Interrupted as Interrupted
    from rowkeep.errors import Misused as Misused
    from rowkeep.errors import ProgramMissing as ProgramMissing
    from rowkeep.errors import Refused as Refused
    from rowkeep.errors import Remains as Remains
    from rowkeep.errors import RightMissing as RightMissing
    from rowkeep.errors import RowkeepError as RowkeepError
    from rowkeep.errors import Unparsable as Unparsable
    from rowkeep.errors import Unreachable as Unreachable
    from rowkeep.project import Project as Project
    from rowkeep.workflows.editor.linter import Linter as Linter
    from rowkeep.workflows.rehearsal.rehearse_down import DownRehearsal as DownRehearsal

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Action",
    "ApplicationCheck",
    "Backup",
    "BackupFailed",
    "BackupList",
    "Blocker",
    "Bug",
    "Busy",
    "Category",
    "Database",
    "Deployment",
    "Difference",
    "Differs",
    "Direction",
    "Directory",
    "DownRehearsal",
    "DriftReport",
    "EditState",
    "EntryOutcome",
    "ErrorCode",
    "Event",
    "Failed",
    "Finding",
    "GoldenCopies",
    "GoldenCopy",
    "HalfDone",
    "HealthConcern",
    "HistoryEntry",
    "Interrupted",
    "LintResult",
    "Linter",
    "Loss",
    "LossKind",
    "Migration",
    "MigrationFinished",
    "MigrationStarted",
    "MigrationState",
    "MigrationStatus",
    "Misused",
    "Noted",
    "Outcome",
    "Place",
    "Plan",
    "Prediction",
    "ProgramMissing",
    "Project",
    "Refused",
    "Rehearsal",
    "Remains",
    "RestoredBackup",
    "Review",
    "RightMissing",
    "RowkeepError",
    "RunResult",
    "SavedRehearsal",
    "Settings",
    "Severity",
    "StageFinished",
    "StageProgress",
    "StageStarted",
    "StatementFinished",
    "StatementStarted",
    "Step",
    "Structure",
    "Suppression",
    "Survey",
    "Swap",
    "TransactionMode",
    "Unparsable",
    "Unreachable",
    "Unrehearsed",
    "Verification",
    "Waiting",
    "WrittenMigration",
    "__version__",
]

_HOMES = {
    "Action": ("rowkeep.domain.plan", "Action"),
    "Backup": ("rowkeep.domain.deploy.backup", "Backup"),
    "BackupFailed": ("rowkeep.errors", "BackupFailed"),
    "ApplicationCheck": ("rowkeep.domain.deploy.application", "ApplicationCheck"),
    "DriftReport": ("rowkeep.domain.deploy.structure_change", "DriftReport"),
    "WrittenMigration": ("rowkeep.domain.deploy.structure_change", "WrittenMigration"),
    "Swap": ("rowkeep.domain.deploy.swap", "Swap"),
    "BackupList": ("rowkeep.domain.deploy.backup", "BackupList"),
    "Blocker": ("rowkeep.domain.event", "Blocker"),
    "Bug": ("rowkeep.errors", "Bug"),
    "Busy": ("rowkeep.errors", "Busy"),
    "Category": ("rowkeep.domain.lint.finding", "Category"),
    "Database": ("rowkeep.database.python.api", "MigrationDatabase"),
    "Deployment": ("rowkeep.domain.deploy.deployment", "Deployment"),
    "Difference": ("rowkeep.domain.schema.structure", "Difference"),
    "Differs": ("rowkeep.errors", "Differs"),
    "Direction": ("rowkeep.domain.migration", "Direction"),
    "Directory": ("rowkeep.domain.migration", "Directory"),
    "DownRehearsal": ("rowkeep.workflows.rehearsal.rehearse_down", "DownRehearsal"),
    "EditState": ("rowkeep.domain.plan", "EditState"),
    "EntryOutcome": ("rowkeep.domain.history.ledger", "EntryOutcome"),
    "ErrorCode": ("rowkeep.domain.error_code", "ErrorCode"),
    "Event": ("rowkeep.domain.event", "Event"),
    "Failed": ("rowkeep.errors", "Failed"),
    "Finding": ("rowkeep.domain.lint.finding", "Finding"),
    "GoldenCopies": ("rowkeep.domain.deploy.golden_copy", "GoldenCopies"),
    "GoldenCopy": ("rowkeep.domain.deploy.golden_copy", "GoldenCopy"),
    "HalfDone": ("rowkeep.errors", "HalfDone"),
    "HealthConcern": ("rowkeep.domain.schema.structure", "HealthConcern"),
    "HistoryEntry": ("rowkeep.domain.history.ledger", "HistoryEntry"),
    "Interrupted": ("rowkeep.errors", "Interrupted"),
    "LintResult": ("rowkeep.domain.lint.finding", "LintResult"),
    "Linter": ("rowkeep.workflows.editor.linter", "Linter"),
    "Loss": ("rowkeep.domain.deploy.loss", "Loss"),
    "LossKind": ("rowkeep.domain.deploy.loss", "LossKind"),
    "Migration": ("rowkeep.domain.migration", "Migration"),
    "MigrationFinished": ("rowkeep.domain.event", "MigrationFinished"),
    "MigrationStarted": ("rowkeep.domain.event", "MigrationStarted"),
    "MigrationState": ("rowkeep.domain.plan", "MigrationState"),
    "MigrationStatus": ("rowkeep.domain.plan", "MigrationStatus"),
    "Misused": ("rowkeep.errors", "Misused"),
    "Noted": ("rowkeep.domain.event", "Noted"),
    "Outcome": ("rowkeep.domain.event", "Outcome"),
    "Place": ("rowkeep.domain.source", "Place"),
    "Plan": ("rowkeep.domain.plan", "Plan"),
    "Prediction": ("rowkeep.domain.deploy.prediction", "Prediction"),
    "ProgramMissing": ("rowkeep.errors", "ProgramMissing"),
    "Project": ("rowkeep.project", "Project"),
    "Refused": ("rowkeep.errors", "Refused"),
    "Rehearsal": ("rowkeep.domain.deploy.rehearsal", "Rehearsal"),
    "Remains": ("rowkeep.errors", "Remains"),
    "RestoredBackup": ("rowkeep.domain.deploy.backup", "RestoredBackup"),
    "Review": ("rowkeep.domain.deploy.review", "Review"),
    "RightMissing": ("rowkeep.errors", "RightMissing"),
    "RowkeepError": ("rowkeep.errors", "RowkeepError"),
    "RunResult": ("rowkeep.domain.plan", "RunResult"),
    "SavedRehearsal": ("rowkeep.domain.deploy.saved_rehearsal", "SavedRehearsal"),
    "Settings": ("rowkeep.config", "Settings"),
    "Severity": ("rowkeep.domain.lint.finding", "Severity"),
    "StageFinished": ("rowkeep.domain.event", "StageFinished"),
    "StageProgress": ("rowkeep.domain.event", "StageProgress"),
    "StageStarted": ("rowkeep.domain.event", "StageStarted"),
    "StatementFinished": ("rowkeep.domain.event", "StatementFinished"),
    "StatementStarted": ("rowkeep.domain.event", "StatementStarted"),
    "Step": ("rowkeep.domain.plan", "Step"),
    "Structure": ("rowkeep.domain.schema.structure", "Structure"),
    "Suppression": ("rowkeep.domain.lint.finding", "Suppression"),
    "Survey": ("rowkeep.domain.plan", "Survey"),
    "TransactionMode": ("rowkeep.domain.plan", "TransactionMode"),
    "Unparsable": ("rowkeep.errors", "Unparsable"),
    "Unreachable": ("rowkeep.errors", "Unreachable"),
    "Unrehearsed": ("rowkeep.domain.deploy.rehearsal", "Unrehearsed"),
    "Verification": ("rowkeep.domain.deploy.verification", "Verification"),
    "Waiting": ("rowkeep.domain.event", "Waiting"),
}
"""Every public name: the module that defines it, and its name there."""

_OLD = {
    "Consent": ("rowkeep.workflows.confirmation", "Consent", "the arguments of rowkeep.Project.up and down"),
    "Options": ("rowkeep.analysis", "LintOptions", "the arguments of rowkeep.Project"),
    "Wish": ("rowkeep.workflows.deploy", "DeployRequest", "the arguments of rowkeep.Project.deploy"),
    "change": ("rowkeep.workflows.old_names", "change", "rowkeep.Project.up, down and redo"),
    "deploy": ("rowkeep.workflows.old_names", "deploy", "rowkeep.Project.deploy"),
    "lint": ("rowkeep.workflows.old_names", "lint", "rowkeep.Project.lint"),
    "load": ("rowkeep.files.project.settings", "load_settings", "rowkeep.Project(…).settings"),
    "named": ("rowkeep.workflows.confirmation", "require_named", "rowkeep.Project.up(confirm=…)"),
    "planned": ("rowkeep.workflows.migrate", "plan_migrations", "rowkeep.Project.plan"),
    "read": ("rowkeep.files", "read", "rowkeep.Project.migrations"),
}
"""Names of version 0.1, which work and warn: the module, the name there, and what to use instead."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        module, attribute = _HOMES[name]
        return getattr(import_module(module), attribute)
    if name in _OLD:
        import warnings

        module, attribute, new = _OLD[name]
        warnings.warn(f"rowkeep.{name} is deprecated: use {new}", DeprecationWarning, stacklevel=2)
        return getattr(import_module(module), attribute)
    raise AttributeError(f"module 'rowkeep' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
