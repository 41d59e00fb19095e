"""The two roles: the target state, the current state, the SQL in between, and the audit."""
