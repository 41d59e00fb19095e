-- A schema of the search path is the witness's, as the migrations' own.
ALTER SCHEMA {schema} OWNER TO rowkeep_witness
