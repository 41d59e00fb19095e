CREATE TABLE rates (day date PRIMARY KEY, rate numeric(10,2) NOT NULL, fee numeric(6,2), seen timestamptz(3));
INSERT INTO rates VALUES ('2026-01-01', 1.25, 0.5, now());
