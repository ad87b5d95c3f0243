"""Pages of the engagement and of its time."""
