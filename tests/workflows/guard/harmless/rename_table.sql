-- migration
ALTER TABLE items RENAME TO positions;
