"""Statements to findings: the schema state across statements and files, suppressions, severities."""

from rowkeep.analysis.analyzer import analyze
from rowkeep.analysis.options import LintOptions

__all__ = ["LintOptions", "analyze"]
