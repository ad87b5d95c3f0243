"""Files that belong to a record: checked on the way in, kept in PostgreSQL, served as attachments.

    from tenants.files.owners import register_owner                    # in AppConfig.ready
    from tenants.files.services import attach, detach, files_of        # in services and views

(Nothing is imported here: the models of this room are part of `tenants.models`.)
"""
