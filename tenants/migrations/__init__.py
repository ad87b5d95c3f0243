"""The tables as they are. A database that was made before, in more steps, counts as up to date."""

BEFORE = [
    ("tenants", "0001_people_and_work"),
    ("tenants", "0002_isolation"),
    ("tenants", "0003_idempotency_keys"),
    ("tenants", "0004_job_claims"),
    ("tenants", "0005_working_calendar"),
    ("tenants", "0006_notifications"),
    ("tenants", "0007_revision"),
    ("tenants", "0008_files"),
    ("tenants", "0009_company_settings"),
    ("tenants", "0010_invitations"),
    ("tenants", "0011_joined_at"),
    ("tenants", "0012_member_status"),
    ("tenants", "0013_due_doors"),
    ("tenants", "0014_working_hours_of_people"),
]
