"""The closed sets of words surveys are described with."""

from enum import StrEnum


class SurveyKind(StrEnum):
    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    CUSTOM = "custom"


class OneClickMode(StrEnum):
    """What a click on a rating in a mail means: shown for confirmation, or promoted when no machine made it."""

    CONFIRM = "confirm"
    INTENT_COUNTS = "intent_counts"


class SubjectType(StrEnum):
    """What a survey asks about; `customer` is the relation as a whole."""

    ORDER = "order"
    CASE = "case"
    RETURN = "return"
    SHIPMENT = "shipment"
    CUSTOMER = "customer"


class SurveyChannel(StrEnum):
    """How the link reaches the customer; `link` means the caller hands it over himself."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WHATSAPP = "whatsapp"
    IN_APP = "in_app"
    LINK = "link"


class Source(StrEnum):
    """Where an answer came from."""

    PAGE = "page"
    API = "api"
    ONE_CLICK = "one_click"
