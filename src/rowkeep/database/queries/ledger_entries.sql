-- All that happened to migrations, oldest first, with the run it happened in. at: in the server's local time.
SELECT
    entry.migration, entry.outcome, entry.at::timestamp AS at, entry.history_id, entry.direction, entry.seconds,
    run.role, run.os_user, run.host, run.commit, run.dirty, run.command, run.tool_version,
    entry.sqlstate, entry.message,
    CASE
        WHEN entry.outcome IN ('applied', 'undone', 'failed')
        THEN run.details OPERATOR(pg_catalog.->) 'locks' OPERATOR(pg_catalog.->) entry.migration
    END AS locks
FROM rowkeep.entry AS entry
JOIN rowkeep.run AS run ON run.id = entry.run
WHERE entry.history = %(history)s AND entry.outcome <> 'adopted'
ORDER BY entry.at, entry.id
