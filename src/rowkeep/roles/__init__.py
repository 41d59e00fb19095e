"""Two roles: what they should be, what a server has, the SQL between the two, and what an audit finds."""
