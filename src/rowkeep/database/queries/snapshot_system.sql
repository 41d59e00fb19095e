-- The identifier that a cluster keeps for life. Some services forbid the question.
SELECT c.system_identifier::text FROM pg_catalog.pg_control_system() c
