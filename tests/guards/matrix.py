"""Who may what, once more: the role matrix as a person reads it, apart from the code it checks."""

TABLE = """
right               admin executive cto finance board team observer
tenant.view           x       x      x     x      x    x      x
tenant.manage         x       .      .     .      .    .      .
member.view           x       x      x     x      x    x      x
member.manage         x       .      .     .      .    .      .
member.leave          x       x      x     x      x    x      x
api_key.own           x       x      x     x      x    x      x
api_key.manage        x       .      .     .      .    .      .
audit.view            x       x      .     .      .    .      x
job.view              x       .      .     .      .    .      .
job.manage            x       .      .     .      .    .      .
notification.view     x       x      x     x      x    x      x
dashboard.view        x       x      x     x      x    x      x
engagement.view       x       x      x     x      x    x      x
engagement.manage     x       x      .     .      .    .      .
engagement.attach     x       x      x     .      .    .      .
handover.build        x       x      x     .      .    .      .
terms.view            x       x      x     x      x    .      x
terms.manage          x       x      .     .      .    .      .
terms.propose         x       x      x     .      .    .      .
engagement.notice     x       x      x     .      .    .      .
overage.request       .       .      x     .      .    .      .
overage.approve       x       x      .     .      .    .      .
statement.close       x       x      x     .      .    .      .
time.view             x       x      x     x      x    .      x
time.log              .       .      x     .      .    .      .
time.unlock           x       .      .     .      .    .      .
time.lock             x       .      x     .      .    .      .
charter.view          x       x      x     x      x    x      x
charter.manage        x       x      x     .      .    .      .
charter.publish       x       x      .     .      .    .      .
charter.acknowledge   x       x      x     x      x    x      .
coverage.view         x       x      x     x      x    x      x
coverage.plan         x       x      x     x      x    x      .
coverage.manage       x       x      .     .      .    .      .
integration.view      x       x      x     x      x    x      x
integration.manage    x       x      x     .      .    .      .
stakeholder.view      x       x      x     x      x    .      x
stakeholder.manage    .       x      x     .      .    .      .
communication.view    x       x      x     x      x    x      x
communication.manage  x       x      x     .      .    .      .
initiative.view       x       x      x     x      x    x      x
initiative.manage     x       x      x     .      .    .      .
initiative.progress   x       x      x     .      .    x      .
initiative.weigh      x       x      .     .      .    .      .
signal.enter          x       x      x     x      .    .      .
saving.enter          x       x      x     x      .    .      .
saving.verify         .       x      .     x      .    .      .
kpi.view              x       x      x     x      x    x      x
kpi.manage            x       .      x     .      .    .      .
kpi.target            x       x      x     .      .    .      .
kpi.measure           x       .      x     .      .    x      .
kpi.import            x       .      x     .      .    .      .
update.view           x       x      x     x      x    x      x
update.write          .       .      x     .      .    .      .
update.acknowledge    x       x      .     .      .    .      .
update.comment        x       x      x     x      x    x      .
spend.view            x       x      x     x      x    x      x
spend.request         x       x      x     x      x    x      .
spend.decide          x       x      x     x      x    x      .
spend.bypass          .       x      .     .      .    .      .
spend.ratify          .       .      .     x      x    .      .
spend.order           x       x      x     x      .    x      .
spend.pay             x       .      .     x      .    .      .
approval_policy.view  x       x      x     x      x    x      x
approval_policy.manage x      .      .     .      .    .      .
budget.view           x       x      x     x      x    x      x
budget.manage         x       .      .     x      .    .      .
budget.except         .       .      .     x      .    .      .
exchange_rate.view    x       x      x     x      x    x      x
exchange_rate.manage  x       .      .     x      .    .      .
delegation.view       x       x      x     x      x    x      x
delegation.manage     x       x      x     x      x    x      .
"""

_HEAD, *_LINES = [line.split() for line in TABLE.strip().splitlines()]
ROLES = _HEAD[1:]
MATRIX = {
    right: {role for role, mark in zip(ROLES, marks, strict=True) if mark == "x"}
    for right, *marks in _LINES
}
