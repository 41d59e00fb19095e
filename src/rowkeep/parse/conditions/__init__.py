"""What a WHERE, ON or SET selects and overwrites."""
