"""The output formats of a lint result, by their `--output-format` names."""

from __future__ import annotations

from rowkeep.domain.lint.finding import LintResult

FORMS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "squawk-json")
"""`json` is the document that every command has. The others are written here."""

FOR_PEOPLE = ("full", "concise")
WITH_FIXES = ("json", "json-lines", "sarif")
"""Formats that include the edits that fix a finding."""


def format_lint_result(form: str, result: LintResult, *, color: bool = False) -> str:
    """The lint result in one of FORMS except `json`. color: whether the human-readable formats are coloured."""
    # Imported on use: a run needs one format only.
    match form:
        case "concise":
            from rowkeep.report.lint.findings import format_concise

            return format_concise(result, color=color)
        case "json-lines":
            from rowkeep.report.formats.json_lines import format_json_lines

            return format_json_lines(result)
        case "sarif":
            from rowkeep.report.formats.sarif import format_sarif

            return format_sarif(result)
        case "github":
            from rowkeep.report.formats.github import format_github

            return format_github(result)
        case "gitlab":
            from rowkeep.report.formats.gitlab import format_gitlab

            return format_gitlab(result)
        case "junit":
            from rowkeep.report.formats.junit import format_junit

            return format_junit(result)
        case "squawk-json":
            from rowkeep.report.formats.squawk import format_squawk

            return format_squawk(result)
        case _:
            from rowkeep.report.lint.findings import format_full

            return format_full(result, color=color)
