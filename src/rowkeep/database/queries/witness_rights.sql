-- Who owns a table must be able to make one.
GRANT ALL ON SCHEMA {schema} TO {role}
