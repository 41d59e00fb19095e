WITH moved AS (
  DELETE FROM ONLY documents RETURNING id, title
)
INSERT INTO documents_archive (id, title) OVERRIDING SYSTEM VALUE
SELECT id, title FROM moved WHERE id % 2 = 0;
