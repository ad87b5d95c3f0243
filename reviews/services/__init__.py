"""Every change of a weekly update.

Whoever sends a letter holds the engagement first and the letter second, as logging time does, so
the hours in it are the hours that are locked.
"""

from reviews.services.items import item_close
from reviews.services.talk import update_amend, update_comment
from reviews.services.updates import (
    check_can_start,
    update_acknowledge,
    update_copy_from_previous,
    update_revise,
    update_save_draft,
    update_start,
    update_submit,
)

__all__ = [
    "check_can_start",
    "item_close",
    "update_acknowledge",
    "update_amend",
    "update_comment",
    "update_copy_from_previous",
    "update_revise",
    "update_save_draft",
    "update_start",
    "update_submit",
]
