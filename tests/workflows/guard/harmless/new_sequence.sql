-- migration
CREATE SEQUENCE bill START 7; SELECT nextval('bill');
