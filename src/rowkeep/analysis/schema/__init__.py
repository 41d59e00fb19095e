"""What the schema is after each statement: objects, locks held, what was dropped, copied, rolled back."""
