-- migration
ALTER TABLE items RENAME TO positions; CREATE VIEW items AS SELECT * FROM positions;
