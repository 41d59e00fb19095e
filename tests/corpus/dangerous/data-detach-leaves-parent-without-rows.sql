ALTER TABLE documents_archive NO INHERIT documents;
