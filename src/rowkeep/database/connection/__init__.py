"""A connection: session, settings, TLS, signals, pipeline, the run lock."""
