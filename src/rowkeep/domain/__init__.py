"""The values that packages pass to each other, all frozen. Imports nothing but the standard library."""
