-- migration
ALTER TABLE documents RENAME TO papers;
