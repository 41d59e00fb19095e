-- As settings_deadlock_from15, where only a superuser may.
SELECT pg_catalog.set_config('deadlock_timeout', %(ms)s, false)
FROM pg_catalog.pg_roles AS role
WHERE role.rolname = CURRENT_USER AND role.rolsuper
