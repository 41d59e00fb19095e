CREATE TABLE networks (id integer PRIMARY KEY, net cidr NOT NULL);
INSERT INTO networks VALUES (1, '10.0.0.0/8');
