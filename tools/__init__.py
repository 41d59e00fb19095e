"""Tools for developers: generated pages, docs that run, the frame of a rule."""
