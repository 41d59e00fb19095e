-- What ALTER DATABASE and ALTER ROLE ... IN DATABASE set for the current database: (role or null, name, value).
SELECT CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole)::text END,
       pg_catalog.split_part(x.entry, '=', 1), pg_catalog.substr(x.entry, pg_catalog.strpos(x.entry, '=') + 1)
FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY x (entry, place)
WHERE d.datname = pg_catalog.current_database()
ORDER BY s.setrole, x.place
