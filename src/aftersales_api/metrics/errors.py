"""Refusals of the numbers."""

from aftersales_api.kit.errors import Malformed


class PeriodBackwards(Malformed):
    """422: the period ends before it begins, or is longer than twenty years."""

    def __init__(self) -> None:
        super().__init__("`to` lies after `from`, at most twenty years.", "/query/to", "period")


class UnknownSurvey(Malformed):
    """422: a number was asked of a survey the shop does not have."""

    def __init__(self) -> None:
        super().__init__("There is no survey with this key.", "/query/survey_key", "unknown_survey")
