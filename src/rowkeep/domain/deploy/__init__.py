"""What a safe deploy proves: backup, rehearsal, roundtrip, review, containment."""
