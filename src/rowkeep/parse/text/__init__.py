"""SQL as text: tokens, literals, offsets, splitting."""
