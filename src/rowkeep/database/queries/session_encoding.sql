-- An error that names the encoding, unless the session still speaks that of the files: what came later was garbled.
SELECT CASE
    WHEN pg_catalog.current_setting('client_encoding') OPERATOR(pg_catalog.=) 'UTF8' THEN 0
    ELSE pg_catalog.current_setting('client_encoding')::pg_catalog.int4
END
