"""CSV files on their way in: intake (bytes), records (rows), columns and cells (meaning), steps."""
