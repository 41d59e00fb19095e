-- Functions in languages that may do anything on the server are not run: the language has no handler.
UPDATE pg_catalog.pg_language SET lanplcallfoid = 0, laninline = 0 WHERE lanispl AND NOT lanpltrusted
