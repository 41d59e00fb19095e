"""Types: what a change of type rewrites, reads or loses."""
