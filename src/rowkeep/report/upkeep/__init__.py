"""What is printed for looking after backups and databases: metrics, schedules, swapped databases."""
