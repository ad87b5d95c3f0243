"""The tables as they are. A database that was made before, in more steps, counts as up to date."""

BEFORE = [
    ("engagements", "0001_engagements"),
    ("engagements", "0002_isolation"),
    ("engagements", "0003_working_boundaries"),
    ("engagements", "0004_initiatives"),
    ("engagements", "0005_value"),
    ("engagements", "0006_handover"),
    ("engagements", "0007_life_cycle"),
    ("engagements", "0008_life_cycle_isolation"),
    ("engagements", "0009_overage_revoked"),
]
