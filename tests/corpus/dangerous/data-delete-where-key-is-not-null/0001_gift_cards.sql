CREATE TABLE gift_cards (code text PRIMARY KEY, balance integer NOT NULL DEFAULT 0);
INSERT INTO gift_cards SELECT 'G' || n, n FROM generate_series(1, 9) AS n;
