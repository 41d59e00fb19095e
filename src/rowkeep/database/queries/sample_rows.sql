-- name: columns
-- The columns of tables whose values are stored, in their order: generated columns are computed again.
SELECT attrelid::bigint, pg_catalog.array_agg(attname::text ORDER BY attnum)
  FROM pg_catalog.pg_attribute
 WHERE attrelid = ANY (%(tables)s::bigint[]::oid[]) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
 GROUP BY attrelid;

-- name: foreign_keys
-- What the rows of tables reference: table, referenced table, whether that one is partitioned, and for each pair of
-- columns the two names and the operator that compares them.
SELECT con.conrelid::bigint, namespace.nspname::text, parent.relname::text, parent.relkind = 'p',
       pg_catalog.array_agg(theirs.attname::text ORDER BY pair.number),
       pg_catalog.array_agg(mine.attname::text ORDER BY pair.number),
       pg_catalog.array_agg(operators.nspname::text ORDER BY pair.number),
       pg_catalog.array_agg(operator.oprname::text ORDER BY pair.number)
  FROM pg_catalog.pg_constraint AS con
  JOIN pg_catalog.pg_class AS parent ON parent.oid = con.confrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = parent.relnamespace
 CROSS JOIN ROWS FROM (pg_catalog.unnest(con.conkey), pg_catalog.unnest(con.confkey),
                       pg_catalog.unnest(con.conpfeqop)) WITH ORDINALITY AS pair (own, other, operator, number)
  JOIN pg_catalog.pg_attribute AS mine ON mine.attrelid = con.conrelid AND mine.attnum = pair.own
  JOIN pg_catalog.pg_attribute AS theirs ON theirs.attrelid = con.confrelid AND theirs.attnum = pair.other
  JOIN pg_catalog.pg_operator AS operator ON operator.oid = pair.operator
  JOIN pg_catalog.pg_namespace AS operators ON operators.oid = operator.oprnamespace
 WHERE con.contype = 'f' AND con.conrelid = ANY (%(tables)s::bigint[]::oid[])
   -- Each partition of a referenced table has a constraint of its own below the one that references all of them.
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS above
                    WHERE above.oid = con.conparentid AND above.conrelid = con.conrelid)
   -- A key with PERIOD compares its last column otherwise: all rows with the same other columns are taken.
   AND NOT (COALESCE((pg_catalog.to_jsonb(con) ->> 'conperiod')::boolean, false)
            AND pair.number = pg_catalog.cardinality(con.conkey))
 GROUP BY con.oid, con.conrelid, namespace.nspname, parent.relname, parent.relkind
 ORDER BY con.oid;

-- name: estimated_rows
-- How many rows tables have, as far as statistics tell; -1 for unknown.
SELECT oid::bigint, reltuples::bigint FROM pg_catalog.pg_class WHERE oid = ANY (%(tables)s::bigint[]::oid[]);

-- name: set_sequence
-- Set the last value of a sequence.
SELECT pg_catalog.setval(pg_catalog.format('%%I.%%I', %(schema)s::text, %(sequence)s::text)::regclass, %(last)s, true);
