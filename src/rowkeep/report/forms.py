"""The forms in which a verdict is written, by the name that `--output-format` gives them."""

from __future__ import annotations

from rowkeep.domain.finding import Verdict

FORMS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "squawk-json")
"""`json` is the document that every command has; the others are written here."""

FOR_PEOPLE = ("full", "concise")
WITH_FIXES = ("json", "json-lines", "sarif")
"""Those that have room for the edits that answer a finding."""


def verdict_text(form: str, verdict: Verdict, *, color: bool = False) -> str:
    """The verdict in one of FORMS but `json`. color: escapes in the forms for people."""
    # Each form is imported when it is asked for: nobody needs two.
    match form:
        case "concise":
            from rowkeep.report.findings import concise_text

            return concise_text(verdict, color=color)
        case "json-lines":
            from rowkeep.report.lines import json_lines_text

            return json_lines_text(verdict)
        case "sarif":
            from rowkeep.report.sarif import sarif_text

            return sarif_text(verdict)
        case "github":
            from rowkeep.report.github import github_text

            return github_text(verdict)
        case "gitlab":
            from rowkeep.report.gitlab import gitlab_text

            return gitlab_text(verdict)
        case "junit":
            from rowkeep.report.junit import junit_text

            return junit_text(verdict)
        case "squawk-json":
            from rowkeep.report.squawk import squawk_text

            return squawk_text(verdict)
        case _:
            from rowkeep.report.findings import full_text

            return full_text(verdict, color=color)
