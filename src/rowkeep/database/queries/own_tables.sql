-- name: check
-- Our own tables, and what in each would run code of a role that is not trusted. Reads the catalog alone.
WITH us AS (
    SELECT role.oid, role.rolsuper
    FROM pg_catalog.pg_roles AS role
    WHERE role.rolname = SESSION_USER
),
-- Before 16, CREATEROLE can become every role but a superuser.
old AS (
    SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 AS is_old
),
-- Who can log in and cannot become us. We are the role that logged in: code can RESET ROLE.
other AS (
    SELECT role.oid, role.rolcreaterole AND old.is_old AS becomes_all
    FROM pg_catalog.pg_roles AS role
    CROSS JOIN us
    CROSS JOIN old
    WHERE
        role.rolcanlogin
        AND NOT role.rolsuper
        AND NOT pg_catalog.pg_has_role(role.oid, us.oid, 'MEMBER')
        AND NOT (role.rolcreaterole AND old.is_old AND NOT us.rolsuper)
),
own AS (
    SELECT
        class.oid, namespace.nspname, class.relname, class.relkind, class.relowner, class.relacl, class.relrowsecurity,
        namespace.nspowner
    FROM ROWS FROM (
        pg_catalog.unnest(%(schemas)s::pg_catalog.text[]), pg_catalog.unnest(%(tables)s::pg_catalog.text[])
    ) AS named (schema, name)
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = named.schema
    JOIN pg_catalog.pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = named.name
),
trigger AS (
    SELECT own.oid, trigger.tgname, trigger.tgqual IS NOT NULL AS has_condition, function.proowner,
           pg_catalog.format('%%I.%%I', namespace.nspname, function.proname) AS function
    FROM own
    JOIN pg_catalog.pg_trigger AS trigger ON trigger.tgrelid = own.oid
    JOIN pg_catalog.pg_proc AS function ON function.oid = trigger.tgfoid
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
    WHERE NOT trigger.tgisinternal AND trigger.tgenabled <> 'D'
),
-- Keys of tables that are not ours: a DELETE of ours goes on to their rows, and runs their triggers.
referrer AS (
    SELECT key.confrelid AS oid, key.conname, class.relowner,
           pg_catalog.format('%%I.%%I', namespace.nspname, class.relname) AS name
    FROM pg_catalog.pg_constraint AS key
    JOIN pg_catalog.pg_class AS class ON class.oid = key.conrelid
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE
        key.contype = 'f'
        AND key.confrelid IN (SELECT own.oid FROM own)
        AND key.conrelid NOT IN (SELECT own.oid FROM own)
),
trusted AS (
    SELECT role.oid
    FROM pg_catalog.pg_roles AS role
    WHERE
        role.oid IN (
            SELECT own.relowner FROM own
            UNION ALL
            SELECT own.nspowner FROM own
            UNION ALL
            SELECT trigger.proowner FROM trigger
            UNION ALL
            SELECT referrer.relowner FROM referrer
        )
        AND (
            role.rolsuper
            OR NOT EXISTS (
                SELECT 1
                FROM other
                WHERE pg_catalog.pg_has_role(other.oid, role.oid, 'MEMBER') OR other.becomes_all
            )
        )
),
-- Whoever owns a table says what its expressions are. Those of a role that is not trusted must be known ones.
foreign_own AS (
    SELECT own.* FROM own WHERE own.relowner NOT IN (SELECT trusted.oid FROM trusted)
),
finding AS (
    SELECT foreign_own.oid,
           CASE foreign_own.relkind
               WHEN 'v' THEN 'is a view' WHEN 'm' THEN 'is a materialized view' WHEN 'f' THEN 'is a foreign table'
               WHEN 'p' THEN 'is partitioned' ELSE 'is not a table'
           END AS words
    FROM foreign_own
    WHERE foreign_own.relkind <> 'r'
    UNION ALL
    SELECT foreign_own.oid, 'is part of a table inheritance'
    FROM foreign_own
    WHERE EXISTS (
        SELECT 1
        FROM pg_catalog.pg_inherits AS inherits
        WHERE foreign_own.oid IN (inherits.inhparent, inherits.inhrelid)
    )
    UNION ALL
    SELECT foreign_own.oid, pg_catalog.format('has the rule %%I', rule.rulename)
    FROM foreign_own
    JOIN pg_catalog.pg_rewrite AS rule ON rule.ev_class = foreign_own.oid
    WHERE foreign_own.relkind <> 'v' AND foreign_own.relkind <> 'm'
    UNION ALL
    SELECT foreign_own.oid, pg_catalog.format('has the row security policy %%I', policy.polname)
    FROM foreign_own
    JOIN pg_catalog.pg_policy AS policy ON policy.polrelid = foreign_own.oid
    WHERE pg_catalog.row_security_active(foreign_own.oid)
    UNION ALL
    SELECT foreign_own.oid,
           pg_catalog.format(
               CASE column_.attgenerated
                   WHEN '' THEN 'has the default %%2$s in the column %%1$I'
                   ELSE 'generates the column %%1$I by %%2$s'
               END,
               column_.attname, pg_catalog.pg_get_expr(expression.adbin, expression.adrelid)
           )
    FROM foreign_own
    JOIN pg_catalog.pg_attrdef AS expression ON expression.adrelid = foreign_own.oid
    JOIN pg_catalog.pg_attribute AS column_
        ON column_.attrelid = expression.adrelid AND column_.attnum = expression.adnum
    WHERE
        column_.attgenerated <> ''
        -- Written without a schema is what pg_catalog has: it is the whole search_path.
        OR pg_catalog.pg_get_expr(expression.adbin, expression.adrelid) !~ (
            '^(nextval\(''([^'']|'''')+''::regclass\)'
            '|(now|clock_timestamp|statement_timestamp|transaction_timestamp|pg_backend_pid|gen_random_uuid)\(\)'
            '|CURRENT_TIMESTAMP|LOCALTIMESTAMP|SESSION_USER|CURRENT_USER|true|false|-?[0-9.]+'
            '|''([^'']|'''')*''::[a-z][a-z ]*(\([0-9]+\))?)$'
        )
    UNION ALL
    SELECT foreign_own.oid,
           pg_catalog.format(
               'has the constraint %%I: %%s', constraint_.conname, pg_catalog.pg_get_constraintdef(constraint_.oid)
           )
    FROM foreign_own
    JOIN pg_catalog.pg_constraint AS constraint_ ON constraint_.conrelid = foreign_own.oid
    WHERE
        constraint_.contype = 'x'
        OR constraint_.contype = 'f' AND constraint_.confrelid NOT IN (SELECT own.oid FROM own)
        OR constraint_.contype = 'c'
        -- As in our own tables: column IN (words).
        AND pg_catalog.pg_get_expr(constraint_.conbin, constraint_.conrelid)
            !~ '^\([a-z_]+ = ANY \(ARRAY\[(''[a-z]+''::text(, )?)+\]\)\)$'
    UNION ALL
    SELECT foreign_own.oid, pg_catalog.format('has an expression in the index %%I', class.relname)
    FROM foreign_own
    JOIN pg_catalog.pg_index AS index ON index.indrelid = foreign_own.oid
    JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
    WHERE index.indexprs IS NOT NULL OR index.indpred IS NOT NULL
    UNION ALL
    -- The planner works constant parts out.
    SELECT foreign_own.oid, pg_catalog.format('has an expression in the statistics %%I', statistic.stxname)
    FROM foreign_own
    JOIN pg_catalog.pg_statistic_ext AS statistic ON statistic.stxrelid = foreign_own.oid
    WHERE statistic.stxexprs IS NOT NULL
    UNION ALL
    SELECT foreign_own.oid,
           pg_catalog.format(
               'has the type %%I.%%I in the column %%I', namespace.nspname, type.typname, column_.attname
           )
    FROM foreign_own
    JOIN pg_catalog.pg_attribute AS column_ ON column_.attrelid = foreign_own.oid
    JOIN pg_catalog.pg_type AS type ON type.oid = column_.atttypid
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
    WHERE column_.attnum > 0 AND NOT column_.attisdropped AND namespace.nspname <> 'pg_catalog'
    UNION ALL
    -- TRIGGER can be granted: it is no matter for the table's owner alone.
    SELECT trigger.oid,
           CASE
               WHEN trigger.proowner IN (SELECT trusted.oid FROM trusted)
                   THEN pg_catalog.format('has the trigger %%I with a WHEN condition', trigger.tgname)
               ELSE pg_catalog.format(
                   'has the trigger %%I, which runs %%s() of the role %%I', trigger.tgname, trigger.function,
                   pg_catalog.pg_get_userbyid(trigger.proowner)
               )
           END
    FROM trigger
    JOIN own ON own.oid = trigger.oid
    WHERE
        trigger.proowner NOT IN (SELECT trusted.oid FROM trusted)
        OR trigger.has_condition
        AND (
            own.relowner NOT IN (SELECT trusted.oid FROM trusted)
            OR EXISTS (
                SELECT 1
                FROM pg_catalog.aclexplode(own.relacl) AS granted
                JOIN other ON granted.grantee = 0 OR pg_catalog.pg_has_role(other.oid, granted.grantee, 'MEMBER')
                WHERE granted.privilege_type = 'TRIGGER'
            )
        )
    UNION ALL
    SELECT referrer.oid,
           pg_catalog.format(
               'is referred to by %%s of the role %%I (%%I)', referrer.name,
               pg_catalog.pg_get_userbyid(referrer.relowner), referrer.conname
           )
    FROM referrer
    WHERE referrer.relowner NOT IN (SELECT trusted.oid FROM trusted)
)
SELECT
    own.nspname,
    own.relname,
    pg_catalog.pg_get_userbyid(own.relowner) AS owner,
    own.relowner IN (SELECT trusted.oid FROM trusted)
    AND own.nspowner IN (SELECT trusted.oid FROM trusted) AS trusted,
    ARRAY(SELECT finding.words FROM finding WHERE finding.oid = own.oid ORDER BY finding.words) AS findings
FROM own
ORDER BY own.nspname, own.relname
