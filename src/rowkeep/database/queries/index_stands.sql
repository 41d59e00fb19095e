-- How an index stands: its names in the catalog, whether it is valid, and which sessions build an index just now.
WITH named AS (
    SELECT relation.oid, relation.relnamespace
    FROM pg_catalog.unnest(%(path)s::pg_catalog.text[]) WITH ORDINALITY AS path (schema, number)
    JOIN pg_catalog.pg_namespace AS space ON space.nspname = path.schema
    JOIN pg_catalog.pg_class AS relation
        ON
            relation.relnamespace = space.oid
            AND relation.relname = COALESCE(%(table)s::pg_catalog.text, %(name)s::pg_catalog.text)
    ORDER BY path.number
    LIMIT 1
)
SELECT
    namespace.nspname, class.relname, index.indisvalid,
    builder.pid, activity.usename, activity.application_name, pg_catalog.host(activity.client_addr) AS address,
    activity.state,
    EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::pg_catalog.float8 AS age,
    activity.query
FROM pg_catalog.pg_index AS index
JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_catalog.pg_stat_progress_create_index AS builder
    ON
        builder.datname = pg_catalog.current_database()
        AND (builder.index_relid = class.oid OR (builder.index_relid IS NULL AND builder.relid IS NULL))
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = builder.pid
WHERE
    CASE
        WHEN %(table)s::pg_catalog.text IS NULL THEN class.oid = (SELECT named.oid FROM named)
        ELSE class.relname = %(name)s AND class.relnamespace = (SELECT named.relnamespace FROM named)
    END
