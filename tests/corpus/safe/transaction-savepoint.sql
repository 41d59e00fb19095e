BEGIN;
CREATE TABLE experiments (id integer PRIMARY KEY);
SAVEPOINT before_seed;
INSERT INTO experiments VALUES (1), (2);
ROLLBACK TO SAVEPOINT before_seed;
RELEASE SAVEPOINT before_seed;
COMMIT;
