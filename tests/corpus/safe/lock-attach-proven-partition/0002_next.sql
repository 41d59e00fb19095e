CREATE TABLE readings_2027 (LIKE readings INCLUDING ALL);
ALTER TABLE readings_2027 ADD CONSTRAINT in_2027 CHECK (day >= '2027-01-01' AND day < '2028-01-01');
INSERT INTO readings_2027 SELECT date '2027-01-01' + n, n FROM generate_series(1, 20) AS n;
