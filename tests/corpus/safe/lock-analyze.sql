ANALYZE VERBOSE orders;
ANALYZE customers (country, currency);
