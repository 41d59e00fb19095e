-- What a backend does at this moment, as far as the role may know: nothing where it is gone.
SELECT activity.state, activity.wait_event
FROM pg_catalog.pg_stat_activity AS activity
WHERE activity.pid = %(pid)s::pg_catalog.int4
