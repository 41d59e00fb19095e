"""Results of the stages of a deploy: backup, rehearsal, roundtrip, review, containment."""
