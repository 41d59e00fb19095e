-- migration
CREATE SCHEMA shop; ALTER TABLE items SET SCHEMA shop;
