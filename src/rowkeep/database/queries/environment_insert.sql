-- A person says what this database is for.
INSERT INTO rowkeep.environment (kind, database, oid, system, because)
VALUES (%(kind)s, %(database)s, %(oid)s, %(system)s, %(because)s)
