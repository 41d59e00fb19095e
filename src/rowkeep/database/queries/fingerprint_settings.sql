-- For this transaction: every expression and constant of the catalog comes out in one form, names with their schema.
SELECT s.name, pg_catalog.set_config(s.name, w.value, true)
FROM (VALUES ('search_path', ''), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'), ('timezone', 'UTC'),
             ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('xmlbinary', 'base64'),
             ('xmloption', 'content'), ('quote_all_identifiers', 'off'), ('standard_conforming_strings', 'on'),
             ('statement_timeout', '5min'), ('lock_timeout', %(lock_timeout)s)) AS w (name, value)
-- Some names are stored with capitals (TimeZone).
JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) w.name
