"""The tables as they are. A database that was made before, in more steps, counts as up to date."""

BEFORE = [
    ("decisions", "0001_spend"),
    ("decisions", "0002_isolation"),
    ("decisions", "0003_default_tiers"),
    ("decisions", "0004_initiative"),
    ("decisions", "0005_drafts_and_counts"),
    ("decisions", "0006_escalation_path"),
    ("decisions", "0007_open_steps_pass_on"),
]
