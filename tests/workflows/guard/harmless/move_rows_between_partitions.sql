-- migration
UPDATE events SET day = day + 1 WHERE day = '2025-12-31';
