-- The last value of each of these sequences, null where the role may not see it. Each stays locked until the transaction ends.
SELECT c.oid, CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE')
                   THEN pg_catalog.pg_sequence_last_value(c.oid) END AS last_value
FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY (%(oids)s::pg_catalog.oid[])
