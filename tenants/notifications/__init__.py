"""What a person is told: an inbox in the app, mail by choice, reminders before deadlines.

    from tenants.notifications.kinds import Email, register_kind       # in AppConfig.ready
    from tenants.notifications.services import notify, settle          # in a service
    from tenants.notifications.reminders import remind, cancel_reminders

Services call them inside their own transaction: what is said stands or falls with the change.
(Nothing is imported here: the models of this room are part of `tenants.models`.)
"""
