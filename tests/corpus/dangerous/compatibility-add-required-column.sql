ALTER TABLE customers ADD COLUMN date_of_birth date NOT NULL;
