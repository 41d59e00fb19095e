-- name: create_database
-- Create a database for the witness.
CREATE DATABASE {database} OWNER rowkeep_witness TEMPLATE template0

-- name: end_session
-- End a session that does not react to its cancel.
SELECT pg_catalog.pg_terminate_backend(%(pid)s)

-- name: objects
-- Relations, functions, types and schemas outside the system: those created since an oid, and those of these oids.
SELECT pg_catalog.json_build_object(
  'relations', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
      c.oid::bigint, n.nspname, c.relname, c.relkind, pg_catalog.pg_relation_filenode(c.oid)::bigint,
      (SELECT coalesce(pg_catalog.json_object_agg(a.attnum, a.attname), '{}')
       FROM pg_catalog.pg_attribute AS a
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')),
      (SELECT i.inhparent::bigint FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid LIMIT 1),
      EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND c.relkind = 'S'
          AND d.deptype IN ('a', 'i')))), '[]')
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (c.oid > $1::pg_catalog.oid OR c.oid = ANY ($2::pg_catalog.oid[]))
      AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ),
  'objects', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(f.class::bigint, f.oid::bigint, f.kind, f.name)),
                    '[]')
    FROM (
      SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid AS class, p.oid, 'function' AS kind,
             p.oid::pg_catalog.regprocedure::text AS name
      FROM pg_catalog.pg_proc AS p
      WHERE p.oid > $1::pg_catalog.oid AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
      UNION ALL
      SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'type', t.oid::pg_catalog.regtype::text
      FROM pg_catalog.pg_type AS t
      WHERE t.oid > $1::pg_catalog.oid AND t.typtype IN ('e', 'd', 'c', 'r') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind <> 'c') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
      UNION ALL
      SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, s.oid, 'schema', pg_catalog.quote_ident(s.nspname)
      FROM pg_catalog.pg_namespace AS s WHERE s.oid > $1::pg_catalog.oid AND s.nspname !~ '^pg_'
    ) AS f
  )
)

-- name: locks
-- The locks of this session, read without taking one: (kind, relation, class, object, mode).
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
         l.locktype, l.relation::bigint, l.classid::bigint, l.objid::bigint, l.mode)), '[]')
FROM pg_catalog.pg_lock_status() AS l
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.locktype IN ('relation', 'object')

-- name: grant_role
-- The owner of a table must be a role that the witness can become.
GRANT {role} TO rowkeep_witness

-- name: create_named_role
-- Create a role that migrations name. It has no rights.
CREATE ROLE {role} NOLOGIN

-- name: own_database
-- Give the server's own database to the witness: creating another one takes longer.
ALTER DATABASE {database} OWNER TO rowkeep_witness

-- name: grant_create
-- The owner of a table must be able to create one.
GRANT ALL ON SCHEMA {schema} TO {role}

-- name: create_role
-- The role that runs migrations on a witness: like that of a deploy, without the powers of a superuser.
CREATE ROLE rowkeep_witness LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE

-- name: roles
-- The names of all roles.
SELECT rolname FROM pg_catalog.pg_roles

-- name: scans
-- Tables that this session has scanned and not yet reported, and how often.
SELECT coalesce(pg_catalog.json_object_agg(c.oid::bigint, pg_catalog.pg_stat_get_xact_numscans(c.oid)), '{}')
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'm', 'p') AND pg_catalog.pg_stat_get_xact_numscans(c.oid) > 0

-- name: create_schema
-- Create a schema of the migrations' search path.
CREATE SCHEMA IF NOT EXISTS {schema}

-- name: own_schema
-- Give a schema of the search path to the witness, as the migrations' own.
ALTER SCHEMA {schema} OWNER TO rowkeep_witness

-- name: observe
-- Every locked relation as it is now, every locked object that is gone, and whether the server still sends messages.
SELECT pg_catalog.json_build_object(
  'hears', pg_catalog.current_setting('client_min_messages'),
  'relations', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
      l.relation::bigint,
      c.relkind,
      pg_catalog.pg_relation_filenode(l.relation)::bigint,
      pg_catalog.pg_stat_get_xact_numscans(l.relation),
      pg_catalog.pg_stat_get_xact_tuples_inserted(l.relation)
        + pg_catalog.pg_stat_get_xact_tuples_updated(l.relation)
        + pg_catalog.pg_stat_get_xact_tuples_deleted(l.relation),
      (SELECT coalesce(pg_catalog.json_agg(a.attnum), '[]')
       FROM pg_catalog.pg_attribute AS a
       WHERE a.attrelid = l.relation AND a.attnum > 0 AND NOT a.attisdropped)
    )), '[]')
    FROM (
      SELECT DISTINCT s.relation
      FROM pg_catalog.pg_lock_status() AS s
      WHERE s.pid = pg_catalog.pg_backend_pid() AND s.granted AND s.locktype = 'relation' AND s.relation >= 16384
    ) AS l
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
  ),
  'objects', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(o.classid::bigint, o.objid::bigint)), '[]')
    FROM pg_catalog.pg_lock_status() AS o
    WHERE o.pid = pg_catalog.pg_backend_pid() AND o.granted AND o.locktype = 'object'
      AND o.mode = 'AccessExclusiveLock' AND o.objid >= 16384
      AND pg_catalog.pg_describe_object(o.classid, o.objid, 0) IS NULL
  )
)

-- name: begin_transaction
-- The settings that every transaction of the witness begins with.
SELECT pg_catalog.set_config('search_path', $1, true),
       pg_catalog.set_config('statement_timeout', $2, true),
       pg_catalog.set_config('lock_timeout', '0', true)
