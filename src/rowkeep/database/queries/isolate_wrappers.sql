-- No foreign table of this copy is read or written: its wrapper has no handler.
UPDATE pg_catalog.pg_foreign_data_wrapper SET fdwhandler = 0 WHERE fdwhandler OPERATOR(pg_catalog.<>) 0
