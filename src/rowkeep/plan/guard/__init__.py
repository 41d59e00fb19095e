"""The guard's decisions: which migrations need it, what a transaction lost, and what was accepted by name."""
