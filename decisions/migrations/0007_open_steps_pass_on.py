"""Steps that were open before: the next role up is asked when they are late, as it was."""

from django.db import migrations

FORWARD = """
update decisions_spendstep set escalate_at = due_at where status = 'open' and escalated_at is null;
update decisions_spendstep s set escalated_to = array[case
    when s.roles && array['executive']::varchar[] then 'board'
    when s.roles && array['finance']::varchar[] then 'executive'
    when s.roles && array['cto']::varchar[] then 'finance'
    else 'cto' end]
  where s.escalated_at is not null and not s.roles && array['board']::varchar[];
"""


class Migration(migrations.Migration):
    dependencies = [("decisions", "0006_escalation_path")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
