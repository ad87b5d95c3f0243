"""The tables as they are. A database that was made before, in more steps, counts as up to date."""

BEFORE = [
    ("reviews", "0001_weekly_updates"),
    ("reviews", "0002_isolation"),
    ("reviews", "0003_due_door"),
]
