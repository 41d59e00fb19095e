"""The forms in which a verdict is written, by the name that `--output-format` gives them."""

from __future__ import annotations

from rowkeep.domain.lint.finding import LintResult

FORMS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "squawk-json")
"""`json` is the document that every command has; the others are written here."""

FOR_PEOPLE = ("full", "concise")
WITH_FIXES = ("json", "json-lines", "sarif")
"""Those that have room for the edits that answer a finding."""


def format_verdict(form: str, result: LintResult, *, color: bool = False) -> str:
    """The verdict in one of FORMS but `json`. color: escapes in the forms for people."""
    # Each form is imported when it is asked for: nobody needs two.
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
