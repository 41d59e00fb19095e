-- migration
DROP VIEW paid; CREATE VIEW paid AS SELECT id, name, email FROM users WHERE state = 'paid';
