"""The tables as they are. A database that was made before, in more steps, counts as up to date."""

BEFORE = [
    ("kpis", "0001_figures"),
    ("kpis", "0002_isolation"),
    ("kpis", "0003_rollup_functions"),
    ("kpis", "0004_import_line"),
    ("kpis", "0005_initiative_links"),
]
