"""SQL that Rowkeep writes: safe forms, batches, retiring, quoting."""
