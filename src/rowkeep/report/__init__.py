"""Values to words: terminal text, JSON, HTML. Every function returns a string; the door prints it."""
