-- loses: public.items
-- migration
CREATE SCHEMA attic; ALTER TABLE items SET SCHEMA attic; CREATE TABLE items (LIKE attic.items);
