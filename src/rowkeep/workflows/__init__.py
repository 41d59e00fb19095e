"""The walks that cross rooms: `rehearse` and `deploy`. They tell events and return values; they print nothing."""
