ALTER DOMAIN postcode ADD CONSTRAINT postcode_trimmed CHECK (VALUE = btrim(VALUE)) NOT VALID;
