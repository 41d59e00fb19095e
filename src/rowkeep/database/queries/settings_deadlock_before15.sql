-- Whether the role may set deadlock_timeout: before 15 only a superuser may.
SELECT COALESCE((SELECT role.rolsuper FROM pg_catalog.pg_roles AS role WHERE role.rolname = CURRENT_USER), false)
