-- Who asks, on which server, in which database, and whether as a superuser.
SELECT pg_catalog.current_setting('server_version_num')::int, current_user::text,
       pg_catalog.current_setting('is_superuser') = 'on'
