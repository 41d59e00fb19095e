-- own_transaction
-- Which transaction this session is in: another one, even of the same session, has another name.
SELECT virtualtransaction
FROM pg_catalog.pg_locks
WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND locktype OPERATOR(pg_catalog.=) 'virtualxid'
