"""Database roles and the audit of their rights."""
