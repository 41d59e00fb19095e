-- name: databases
-- What a swap needs to know of these databases.
SELECT
    database.datname::pg_catalog.text AS name, database.oid::pg_catalog.int8 AS oid,
    pg_catalog.pg_get_userbyid(database.datdba)::pg_catalog.text AS owner,
    pg_catalog.pg_has_role(database.datdba, 'USAGE') AS owned, database.datistemplate AS template,
    pg_catalog.shobj_description(database.oid, 'pg_database') AS comment,
    database.datconnlimit AS connection_limit,
    database.datacl::pg_catalog.text AS grants,
    (
        SELECT pg_catalog.string_agg(COALESCE(setting.setrole::pg_catalog.regrole::pg_catalog.text, '') || ' '
            || setting.setconfig::pg_catalog.text, ' ' ORDER BY setting.setrole)
        FROM pg_catalog.pg_db_role_setting AS setting
        WHERE setting.setdatabase = database.oid
    ) AS settings,
    (
        SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts AS prepared
        WHERE prepared.database = database.datname
    ) AS prepared,
    (
        SELECT pg_catalog.string_agg(subscription.subname, ', ' ORDER BY subscription.subname)
        FROM pg_catalog.pg_subscription AS subscription
        WHERE subscription.subdbid = database.oid AND subscription.subenabled
    ) AS subscriptions,
    (
        SELECT pg_catalog.string_agg(slot.slot_name, ', ' ORDER BY slot.slot_name)
        FROM pg_catalog.pg_replication_slots AS slot
        WHERE slot.database = database.datname
    ) AS slots
FROM pg_catalog.pg_database AS database
WHERE database.datname::pg_catalog.text = ANY(%(names)s::pg_catalog.text[])

-- name: kept
-- The databases that an earlier swap took out of use, with their owner and comment; the newest first.
SELECT
    database.datname::pg_catalog.text, pg_catalog.pg_get_userbyid(database.datdba)::pg_catalog.text,
    pg_catalog.shobj_description(database.oid, 'pg_database')
FROM pg_catalog.pg_database AS database
WHERE
    pg_catalog.starts_with(database.datname::pg_catalog.text, %(prefix)s::pg_catalog.text)
    AND database.datname ~ '_before_[0-9]+_[0-9]+$'
ORDER BY 1 DESC

-- name: sessions
-- The sessions of these databases but our own.
SELECT
    activity.pid, activity.usename,
    COALESCE(NULLIF(activity.application_name, ''), activity.backend_type) AS application,
    pg_catalog.host(activity.client_addr) AS address, activity.state,
    EXTRACT(epoch FROM pg_catalog.clock_timestamp() - activity.xact_start)::pg_catalog.float8 AS age, activity.query
FROM pg_catalog.pg_stat_activity AS activity
WHERE
    activity.datname::pg_catalog.text = ANY(%(names)s::pg_catalog.text[])
    AND activity.pid <> pg_catalog.pg_backend_pid()
    AND activity.backend_type IS DISTINCT FROM 'autovacuum worker'

-- name: end_session
-- End a session, if it is still idle or if it may be at work.
SELECT pg_catalog.pg_terminate_backend(activity.pid)
FROM pg_catalog.pg_stat_activity AS activity
WHERE
    activity.pid = %(pid)s::pg_catalog.int4
    AND activity.datname::pg_catalog.text = ANY(%(names)s::pg_catalog.text[])
    AND (%(working)s OR activity.state = 'idle')

-- name: oid_of
-- Which database has this name now.
SELECT database.oid::pg_catalog.int8 FROM pg_catalog.pg_database AS database WHERE database.datname = %(name)s
