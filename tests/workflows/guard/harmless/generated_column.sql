-- migration
ALTER TABLE items ADD COLUMN double int GENERATED ALWAYS AS (amount * 2) STORED;
