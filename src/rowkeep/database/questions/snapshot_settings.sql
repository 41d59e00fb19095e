-- Make a session of our own ready for a backup: every value comes out in one form, no row is hidden, no time runs out.
SELECT s.name, pg_catalog.set_config(s.name, w.value, false)
FROM (VALUES ('search_path', ''), ('row_security', 'off'), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'),
             ('timezone', 'UTC'), ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('lc_monetary', 'C'),
             ('xmlbinary', 'base64'), ('xmloption', 'content'), ('quote_all_identifiers', 'off'),
             ('standard_conforming_strings', 'on'), ('default_transaction_read_only', 'on'), ('statement_timeout', '0'),
             ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'), ('transaction_timeout', '0'),
             ('lock_timeout', %(lock_timeout)s)) AS w (name, value)
-- Not every major knows every setting: transaction_timeout came with 17. Some names are stored with capitals (TimeZone).
JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) w.name
