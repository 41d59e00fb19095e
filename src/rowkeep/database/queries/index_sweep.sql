-- Drop the invalid index that a failed build left, without stopping anybody.
DROP INDEX CONCURRENTLY IF EXISTS {index}
