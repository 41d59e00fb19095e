"""Does what the runner decides, one instruction at a time, and reports what happened."""
