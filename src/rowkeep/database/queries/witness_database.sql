-- A database of the witness's own.
CREATE DATABASE {database} OWNER rowkeep_witness TEMPLATE template0
