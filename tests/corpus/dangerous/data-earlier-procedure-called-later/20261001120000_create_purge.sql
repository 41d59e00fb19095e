-- Up Migration
CREATE PROCEDURE purge_documents() LANGUAGE sql AS $$ DELETE FROM documents $$;
-- Down Migration
DROP PROCEDURE purge_documents();
