-- Up Migration
CREATE TABLE country_names (code char(2) PRIMARY KEY, name text NOT NULL);
INSERT INTO country_names VALUES ('DE', 'Germany'), ('FR', 'France'), ('XX', 'Unknown');
DELETE FROM country_names WHERE code = 'XX';
UPDATE country_names SET name = upper(name);
-- Down Migration
DROP TABLE country_names;
