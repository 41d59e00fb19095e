"""The output formats of lint for other programs, and the HTML report."""
