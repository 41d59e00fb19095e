"""Ways back after something was lost."""
