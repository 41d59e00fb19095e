SELECT 'DROP TABLE ' || quote_ident(tablename) || ';' AS to_be_reviewed
FROM pg_tables WHERE tablename LIKE 'legacy%' ORDER BY 1;
