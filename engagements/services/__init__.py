"""Every change of engagements, terms, time and week locks.

Whatever depends on an engagement's dates, terms or locks holds the engagement's row while it
writes, so that two changes of one engagement never pass each other.
"""

from engagements.services.charter import (
    charter_acknowledge,
    charter_discard,
    charter_draft,
    charter_publish,
    charter_remind,
    charter_review,
    charter_update,
)
from engagements.services.communication import tool_add, tool_delete, tool_update, tools_seed
from engagements.services.coverage import coverage_cancel, coverage_plan, coverage_update
from engagements.services.engagements import (
    engagement_create,
    engagement_transition,
    engagement_update,
)
from engagements.services.handover import (
    handover_build,
    handover_continue,
    handover_download,
    handover_give_up,
    latest_pack,
)
from engagements.services.initiatives import (
    initiative_create,
    initiative_update,
    milestone_add,
    milestone_delete,
    milestone_update,
)
from engagements.services.integration import (
    activity_add,
    activity_delete,
    activity_update,
    plan_seed,
    plan_start,
    stakeholder_add,
    stakeholder_delete,
    stakeholder_update,
)
from engagements.services.notices import notice_give, notice_withdraw
from engagements.services.overage import (
    overage_approve,
    overage_decide,
    overage_request,
    overage_revoke,
    overage_withdraw,
)
from engagements.services.priorities import (
    Proposal,
    prioritisation_record,
    roadmap_settings_set,
    weights_set,
)
from engagements.services.proposals import (
    proposal_accept,
    proposal_create,
    proposal_decline,
    proposal_withdraw,
)
from engagements.services.statements import month_close
from engagements.services.terms import terms_add
from engagements.services.time import (
    time_copy_week,
    time_delete,
    time_log,
    time_restore,
    time_update,
)
from engagements.services.timers import timer_discard, timer_start, timer_stop, timer_update
from engagements.services.value import (
    full_time_cost_set,
    saving_enter,
    saving_judge,
    scope_dismiss,
    signal_enter,
)
from engagements.services.weeks import week_lock, week_relock, week_unlock

__all__ = [
    "Proposal",
    "activity_add",
    "activity_delete",
    "activity_update",
    "charter_acknowledge",
    "charter_discard",
    "charter_draft",
    "charter_publish",
    "charter_remind",
    "charter_review",
    "charter_update",
    "coverage_cancel",
    "coverage_plan",
    "coverage_update",
    "engagement_create",
    "engagement_transition",
    "engagement_update",
    "full_time_cost_set",
    "handover_build",
    "handover_continue",
    "handover_download",
    "handover_give_up",
    "initiative_create",
    "initiative_update",
    "latest_pack",
    "milestone_add",
    "milestone_delete",
    "milestone_update",
    "month_close",
    "notice_give",
    "notice_withdraw",
    "overage_approve",
    "overage_decide",
    "overage_request",
    "overage_revoke",
    "overage_withdraw",
    "plan_seed",
    "plan_start",
    "prioritisation_record",
    "proposal_accept",
    "proposal_create",
    "proposal_decline",
    "proposal_withdraw",
    "roadmap_settings_set",
    "saving_enter",
    "saving_judge",
    "scope_dismiss",
    "signal_enter",
    "stakeholder_add",
    "stakeholder_delete",
    "stakeholder_update",
    "terms_add",
    "time_copy_week",
    "time_delete",
    "time_log",
    "time_restore",
    "time_update",
    "timer_discard",
    "timer_start",
    "timer_stop",
    "timer_update",
    "tool_add",
    "tool_delete",
    "tool_update",
    "tools_seed",
    "week_lock",
    "week_relock",
    "week_unlock",
    "weights_set",
]
