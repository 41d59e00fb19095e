-- migration
CREATE OR REPLACE VIEW paid AS SELECT id, name, email FROM users WHERE state = 'paid';
