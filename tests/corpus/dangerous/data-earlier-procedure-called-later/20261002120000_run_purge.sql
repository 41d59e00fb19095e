-- Up Migration
CALL purge_documents();
-- Down Migration
