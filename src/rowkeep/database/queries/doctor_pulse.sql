-- Which server process answers, and what its clock says (seconds since 1970).
SELECT pg_catalog.pg_backend_pid(), extract(epoch FROM pg_catalog.clock_timestamp())::float8
