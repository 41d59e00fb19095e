-- The owner of a table must be a role that the witness can become.
GRANT {role} TO rowkeep_witness
