"""Text that is safe to show: visible characters, wrapping, excerpts, JSON."""
