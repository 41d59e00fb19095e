-- Up Migration
CALL archive_documents();
-- Down Migration
