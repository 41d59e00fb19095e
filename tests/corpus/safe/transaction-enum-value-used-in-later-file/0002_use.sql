ALTER TABLE addresses ALTER COLUMN kind SET DEFAULT 'pickup';
