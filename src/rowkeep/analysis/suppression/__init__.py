"""Which findings are not shown: comments, other linters' comments, the baseline, per-file settings."""
