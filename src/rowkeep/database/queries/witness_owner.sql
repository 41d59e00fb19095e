-- The server's own database becomes the witness's: to make another one takes longer.
ALTER DATABASE {database} OWNER TO rowkeep_witness
