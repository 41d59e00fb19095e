-- The newest mark.
SELECT mark.kind, mark.database, mark.oid, mark.system, mark.at, mark.role, mark.because
FROM rowkeep.environment AS mark
ORDER BY mark.id DESC
LIMIT 1
