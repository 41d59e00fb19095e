"""SQL that we write: safe forms, batches, retiring, quoting."""
