-- Take the lock before the statement that needs it. ONLY: never more tables than the statement itself locks.
LOCK TABLE ONLY {table} IN SHARE MODE
