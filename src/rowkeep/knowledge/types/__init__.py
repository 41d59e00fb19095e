"""Types: what a change of type rewrites, scans or loses."""
