-- migration
CREATE VIEW sent AS SELECT * FROM orders WHERE state = 'sent';
