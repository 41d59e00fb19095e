begin;
reindex (verbose) table concurrently customers;
end;
