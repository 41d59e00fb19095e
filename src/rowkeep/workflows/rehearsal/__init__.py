"""Rehearse a run on a restored copy: what is lost, how long it takes, and whether the down parts bring all back."""
