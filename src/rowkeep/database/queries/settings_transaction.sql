-- What the text of a migration finds when its transaction begins; without a path it keeps that of the session.
SELECT
    pg_catalog.set_config('search_path', COALESCE($1, pg_catalog.current_setting('search_path')), true),
    pg_catalog.set_config('lock_timeout', $2, true),
    pg_catalog.set_config('statement_timeout', $3, true)
