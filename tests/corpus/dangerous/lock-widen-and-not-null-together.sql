ALTER TABLE customers
  ALTER COLUMN currency TYPE varchar(10), -- it is varchar(3)
  ALTER COLUMN currency SET NOT NULL;
