"""squawk from PyPI, as it comes and with every opt-in rule on; its rules are read as generously as texts allow."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.corpus import Case
from bench.corpus.told import SEVERE, Told
from bench.cost import Failed
from bench.peers._install import pip

PACKAGE = "squawk-cli==2.70.0"

ASIDE = (
    "ban-char-field",
    "ban-duplicate-column-assignments",
    "identifier-too-long",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "require-enum-value-ordering",
    "require-lock-timeout",
    "require-statement-timeout",
    "require-table-schema",
    "unused-ignore",
)
"""Taste and habit. The two timeout rules speak of nearly every file, so that they single nothing out."""

PROMISES = {
    "adding-field-with-default": "lock",
    "adding-foreign-key-constraint": "lock",
    "adding-not-nullable-field": "lock compatibility",
    "adding-required-field": "compatibility lock",
    "adding-serial-primary-key-field": "lock",
    "ban-add-column": "compatibility",
    "ban-add-composite-attribute": "compatibility",
    "ban-add-enum-value": "compatibility transaction",
    "ban-alter-database-options": "security compatibility",
    "ban-alter-domain-with-add-constraint": "lock",
    "ban-alter-extension": "opaque compatibility",
    "ban-alter-function-options": "security compatibility",
    "ban-alter-generated-expression": "compatibility",
    "ban-alter-identity": "compatibility",
    "ban-alter-policy-condition": "security",
    "ban-alter-policy-roles": "security",
    "ban-alter-role-options": "security",
    "ban-alter-row-level-security": "security",
    "ban-alter-sequence-values": "compatibility data",
    "ban-alter-system-options": "security transaction",
    "ban-alter-view-options": "security compatibility",
    "ban-concurrent-index-creation-in-transaction": "transaction",
    "ban-create-domain-with-constraint": "lock",
    "ban-create-policy": "security",
    "ban-detach-inheritance": "data compatibility",
    "ban-disable-trigger": "data lock compatibility security",
    "ban-drop-column": "data compatibility",
    "ban-drop-constraint": "compatibility data lock",
    "ban-drop-database": "data",
    "ban-drop-default": "compatibility",
    "ban-drop-domain": "data compatibility",
    "ban-drop-extension": "data compatibility",
    "ban-drop-function": "data compatibility",
    "ban-drop-generated-expression": "compatibility",
    "ban-drop-index": "lock compatibility",
    "ban-drop-not-null": "compatibility",
    "ban-drop-policy": "security compatibility",
    "ban-drop-schema": "data",
    "ban-drop-sequence": "data compatibility",
    "ban-drop-table": "data",
    "ban-drop-trigger": "compatibility",
    "ban-drop-type": "data compatibility",
    "ban-drop-view": "data compatibility",
    "ban-new-write-restriction": "compatibility",
    "ban-replace-view-function": "compatibility data",
    "ban-replica-identity": "compatibility data",
    "ban-revoke": "compatibility security data",
    "ban-set-default": "compatibility",
    "ban-set-schema": "compatibility",
    "ban-truncate-cascade": "data",
    "ban-uncommitted-transaction": "transaction",
    "changing-column-type": "lock compatibility data",
    "constraint-missing-not-valid": "lock",
    "disallowed-unique-constraint": "lock",
    "prefer-repack": "lock",
    "prefer-robust-stmts": "repeat",
    "renaming-column": "compatibility",
    "renaming-object": "compatibility",
    "renaming-table": "compatibility",
    "require-concurrent-index-creation": "lock",
    "require-concurrent-index-deletion": "lock",
    "require-concurrent-partition-detach": "lock",
    "require-concurrent-reindex": "lock",
    "syntax-error": "opaque transaction",
    "transaction-nesting": "transaction",
}
"""Rule -> the promises it speaks of, the main one first: that one says whether a false finding is a severe one."""

OPT_IN = (
    "ban-add-column",
    "ban-add-composite-attribute",
    "ban-add-enum-value",
    "ban-alter-database-options",
    "ban-alter-extension",
    "ban-alter-function-options",
    "ban-alter-generated-expression",
    "ban-alter-policy-condition",
    "ban-alter-policy-roles",
    "ban-alter-role-options",
    "ban-alter-row-level-security",
    "ban-alter-sequence-values",
    "ban-alter-system-options",
    "ban-alter-view-options",
    "ban-create-policy",
    "ban-detach-inheritance",
    "ban-disable-trigger",
    "ban-drop-index",
    "ban-drop-policy",
    "ban-drop-trigger",
    "ban-new-write-restriction",
    "ban-replace-view-function",
    "ban-replica-identity",
    "ban-revoke",
    "ban-set-default",
    "require-table-schema",
)


class Squawk:
    """`squawk --reporter json`; every file by itself, as it keeps nothing from one file to the next."""

    def __init__(self, name: str, include: Sequence[str] = ()) -> None:
        self.name, self.include = name, include
        self.program = ""

    def install(self, cache: Path) -> None:
        """From PyPI, into an environment of its own."""
        self.program = str(pip(cache, "squawk", (PACKAGE,)) / "bin" / "squawk")

    def lint(self, cases: Sequence[Case]) -> Mapping[str, Sequence[Told]]:
        """One run for every PostgreSQL major that a case wants."""
        found: dict[str, list[Told]] = {case.name: [] for case in cases}
        for major in sorted({_major(case) for case in cases}):
            owners = {str(one.path): case.name for case in cases if _major(case) == major for one in case.scripts}
            for finding in self._run(major, list(owners)):
                found[owners[finding["file"]]].append(_told(finding))
        return found

    def _run(self, major: int, paths: list[str]) -> list[dict[str, object]]:
        arguments = [self.program, "--reporter", "json", "--pg-version", f"{major}.0"]
        arguments += [f"--include={rule}" for rule in self.include]
        done = subprocess.run([*arguments, *paths], capture_output=True, text=True, timeout=120)
        if done.returncode not in (0, 1):
            raise Failed(f"squawk: exit {done.returncode}: {done.stderr}")
        findings: list[dict[str, object]] = json.loads(done.stdout)
        return findings


def _major(case: Case) -> int:
    """A version that the case speaks of: its last, or 18."""
    return min(int(case.facts.get("until", 18)), 18)


def _told(finding: dict[str, object]) -> Told:
    rule = str(finding["rule_name"])
    categories = PROMISES.get(rule, "style").split()
    return Told(
        file=Path(str(finding["file"])).name,
        line=int(str(finding["line"])) + 1,
        rule=rule,
        categories=frozenset(categories),
        severe=rule not in ASIDE and categories[0] in SEVERE,
        aside=rule in ASIDE,
    )


LINTERS = (Squawk("squawk"), Squawk("squawk, all rules", OPT_IN))
