-- How the current database was made: owner, encoding, locale, comment. The locale's columns differ by major.
SELECT pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
       pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS "collate", d.datctype::text AS ctype,
       coalesce(j.row ->> 'datlocprovider', 'c') AS provider,
       coalesce(j.row ->> 'datlocale', j.row ->> 'daticulocale') AS locale,
       j.row ->> 'daticurules' AS icu_rules,
       d.datconnlimit AS connection_limit,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       d.datacl IS NOT NULL AS changed_grants
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(d) AS row) j
WHERE d.datname = pg_catalog.current_database()
