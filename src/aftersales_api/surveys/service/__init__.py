"""What can be done with surveys; other packages import from here."""

from aftersales_api.surveys.service.answering import Answered, Said, answer, discard
from aftersales_api.surveys.service.clicking import Click, promote_intent, record_click
from aftersales_api.surveys.service.inviting import Invited, invite, links_of
from aftersales_api.surveys.service.moving import (
    attach_message,
    expire,
    mark_delivered,
    mark_opened,
    mark_sent,
    revoke,
    revoke_for_customer,
    revoke_for_order,
    suppress,
)
from aftersales_api.surveys.service.publishing import (
    change_survey,
    create_survey,
    install_starter,
    move_survey,
    publish_version,
)
from aftersales_api.surveys.service.requesting import invite_by_request

__all__ = [
    "Answered",
    "Click",
    "Invited",
    "Said",
    "answer",
    "attach_message",
    "change_survey",
    "create_survey",
    "discard",
    "expire",
    "install_starter",
    "invite",
    "invite_by_request",
    "links_of",
    "mark_delivered",
    "mark_opened",
    "mark_sent",
    "move_survey",
    "promote_intent",
    "publish_version",
    "record_click",
    "revoke",
    "revoke_for_customer",
    "revoke_for_order",
    "suppress",
]
