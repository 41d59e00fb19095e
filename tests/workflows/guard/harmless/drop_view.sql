-- migration
DROP VIEW paid;
