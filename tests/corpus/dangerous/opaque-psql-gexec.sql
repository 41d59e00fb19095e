SELECT format('DROP TABLE %I.%I CASCADE', schemaname, tablename)
FROM pg_tables
WHERE tablename LIKE '%\_old'
\gexec
