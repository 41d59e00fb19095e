-- What the bot could do with a table, and with the sequence of its column id, that were just made.
SELECT ARRAY(SELECT p FROM pg_catalog.unnest(%(rights)s::text[]) AS p
              WHERE pg_catalog.has_table_privilege(%(bot)s::oid, %(table)s::text::regclass, p)),
       ARRAY(SELECT p FROM pg_catalog.unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS p
              WHERE pg_catalog.has_sequence_privilege(
                        %(bot)s::oid, pg_catalog.pg_get_serial_sequence(%(table)s::text, 'id')::regclass, p))
