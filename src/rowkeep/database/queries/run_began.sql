-- A run begins.
INSERT INTO rowkeep.run (id, history, command, os_user, host, commit, dirty, tool_version, details)
VALUES (
    %(run)s::pg_catalog.uuid, %(history)s, %(command)s, %(os_user)s, %(host)s, %(commit)s, %(dirty)s,
    %(tool_version)s, %(details)s::pg_catalog.jsonb
)
