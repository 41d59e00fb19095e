-- User mappings keep the names of their options and lose every value that says who somebody is.
UPDATE pg_catalog.pg_user_mapping
SET umoptions = ARRAY(
    SELECT CASE WHEN lower(x.option_value) OPERATOR(pg_catalog.=) ANY (ARRAY['true', 'false', 'on', 'off', 'yes', 'no'])
                THEN x.option_name || '=' || x.option_value ELSE x.option_name || '=' END
    FROM pg_catalog.pg_options_to_table(umoptions) x)
WHERE umoptions IS NOT NULL
