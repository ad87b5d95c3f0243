"""What may stand apart from the rule, each with its reason. A guard fails for anything else."""

TENANT_TABLE = "tenants_tenant"  # its own id is the tenant: (id) is what tenant_id refers to
APPEND_ONLY = {
    "tenants_auditevent": "the trail is written once; the chain's trigger is the owner's",
    "decisions_approvalpolicy": "a version of the approval tiers is never edited",
    "decisions_spenddecision": "what somebody said stays said",
    "decisions_spendevent": "a request's trail is written once",
    "decisions_invoice": "what was paid is recorded once",
}
READ_ONLY = {"tenants_audithead": "only the chain's trigger, as the owner, moves the head on"}
_WITHDRAWN = "withdrawn, ended or closed, never deleted: the trail refers to it"
NEVER_DELETED = {
    TENANT_TABLE: "a company is archived; erasing it is the owner's work",
    "decisions_budget": _WITHDRAWN,
    "decisions_delegation": _WITHDRAWN,
    "decisions_spendrequest": _WITHDRAWN,
    "decisions_spendstep": _WITHDRAWN,
}

# index: reason. Every other index, key and unique constraint starts with tenant_id.
INDEXES_NOT_LED_BY_TENANT = {
    "tenants_tenant_pkey": "the tenant itself",
    "tenants_tenant_slug_key": "the address of a tenant, unique over all of them",
    "tenants_tenant_slug_*_like": "made by Django beside it",
    "tenants_apikey_prefix_key": "a key's public part is looked up before its tenant is known",
    "tenants_apikey_prefix_*_like": "made by Django beside it",
    "tenants_invitation_token_hash_key": "a link is looked up before its tenant is known",
    "member_by_user": "a person's own memberships, through the door memberships_of alone",
    "job_due": "the tick's question: what is due in a queue, in all tenants",
}

# (table, policy): what it says, why. Every other policy is the one called `tenant`.
_TICK = "the tick keeps the books of all tenants' jobs; it reads no arguments and no other table"
_DUE = "the tick asks which tenants have such rows, and reads nothing of them but the tenant"
EXTRA_POLICIES = {
    ("tenants_job", "tick_select"): ("bowline_tick", "SELECT", "true", None, _TICK),
    ("tenants_job", "tick_update"): ("bowline_tick", "UPDATE", "true", "true", _TICK),
    ("tenants_job", "tick_insert"): ("bowline_tick", "INSERT", None, "true", _TICK),
    ("kpis_mark", "tick_select"): ("bowline_tick", "SELECT", "true", None, _DUE),
    ("kpis_rebuildrequest", "tick_select"): ("bowline_tick", "SELECT", "true", None, _DUE),
    ("tenants_reminder", "tick_select"): ("bowline_tick", "SELECT", "true", None, _DUE),
    ("decisions_spendrequest", "tick_select"): ("bowline_tick", "SELECT", "true", None, _DUE),
    ("engagements_dailyrun", "tick_select"): ("bowline_tick", "SELECT", "true", None, _DUE),
}

# (table, right): the columns on which bowline_tick holds it.
TICK_COLUMNS = {
    ("tenants_job", "SELECT"): "id tenant_id kind queue dedupe_key state attempts claims run_at "
    "lease_until started_at finished_at created_at",
    ("tenants_job", "UPDATE"): "state attempts claims run_at lease_until started_at finished_at "
    "last_error",
    ("tenants_job", "INSERT"): "id tenant_id kind queue args dedupe_key state attempts run_at "
    "progress_done last_error created_at request_id",
    ("kpis_mark", "SELECT"): "tenant_id",
    ("kpis_rebuildrequest", "SELECT"): "tenant_id",
    ("tenants_reminder", "SELECT"): "tenant_id state run_at",
    ("decisions_spendrequest", "SELECT"): "tenant_id check_at",
    ("engagements_dailyrun", "SELECT"): "tenant_id due_at",
}
# Whole tables on which bowline_tick holds rights; none of them has a tenant.
TICK_TABLES = {"tenants_heartbeat": {"SELECT", "INSERT", "UPDATE"}}

# Functions that run with the owner's rights: who may call them, and why they exist.
DEFINER_FUNCTIONS = {
    "bowline.memberships_of(uuid)": ({"bowline_app"}, "a person's tenants, before one is chosen"),
    "bowline.api_key_by_prefix(text)": ({"bowline_app"}, "a key's tenant, before it is known"),
    "bowline.invitation_by_hash(bytea)": ({"bowline_app"}, "a link's tenant, before it is known"),
    "bowline.tenant_id_of(text)": ({"bowline_app", "bowline_export"}, "command lines name a slug"),
    "bowline.all_tenant_ids()": (
        {"bowline_app", "bowline_export"},
        "command lines walk tenants",
    ),
    "bowline.tenants_short_of_holidays()": (
        {"bowline_tick"},
        "the tick asks whose list of public holidays ends too soon, and learns only their ids",
    ),
    "bowline.tenants_with_expired_files()": (
        {"bowline_tick"},
        "the tick asks who has files whose time is over, and learns only their ids",
    ),
    "bowline.tenants_with_old_notifications(interval,interval,interval)": (
        {"bowline_tick"},
        "the tick asks who has old notifications, and learns only their ids",
    ),
    "bowline.tenants_with_updates_due()": (
        {"bowline_tick"},
        "the tick asks where a weekly update is due and nobody was told, and learns only their ids",
    ),
    "bowline.timer_of(uuid)": ({"bowline_app"}, "a person has one running timer in all tenants"),
    "bowline.audit_seal()": (set(), "a trigger: links an event to the chain at the commit"),
    "bowline.spend_approved()": (set(), "a trigger at the commit: approved means quorum met"),
    "bowline.budget_adds_up()": (set(), "a trigger at the commit: a line is what its requests say"),
}

# Tables of ours to which a tenant's row may refer although they have no tenant.
REFERABLE_GLOBAL_TABLES = {"tenants_user": "a member is a login's place in a tenant"}

# Models of ours that are not TenantModel.
MODELS_APART = {
    "tenants.User": "one login reaches many tenants",
    "tenants.Tenant": "the tenant itself: its policy compares its own id",
    "tenants.Heartbeat": "a sign of life of the background work, of no tenant",
    "tenants.AuditHead": "one row a tenant, keyed by the tenant; written by the database alone",
    "tenants.Revision": "one row a tenant, keyed by the tenant: a count",
}

SCHEMAS = {"public": "tables", "bowline": "functions"}
