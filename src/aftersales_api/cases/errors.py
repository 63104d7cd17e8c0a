"""What the rules of cases refuse, and why."""

from datetime import datetime

from aftersales_api.kit.errors import AppError, Malformed


class ReplyRequired(AppError):
    status, code = 409, "reply_required"

    def __init__(self) -> None:
        super().__init__("The customer waits for an answer: reply in public before you wait for them.")


class EmptyMessage(Malformed):
    """422: a message says something or brings an attachment."""

    def __init__(self) -> None:
        super().__init__("A message needs a text or an attachment.", "/body/body", "empty_message")


class EmptyFile(Malformed):
    """422: a file has bytes."""

    def __init__(self) -> None:
        super().__init__("The body is the file, and it is empty.", "/body", "empty_file")


class MailUnreadable(Malformed):
    """422: the body is no mail, or names nobody who sent it."""

    def __init__(self) -> None:
        super().__init__("The body is no mail (RFC 5322) with a sender.", "/body", "mail_unreadable")


class CategoryRequired(Malformed):
    """422: a case is resolved with a category; it had none."""

    def __init__(self) -> None:
        super().__init__("Name the category of the case to resolve it.", "/body/category_id", "category_required")


class ReopenWindowOver(AppError):
    status, code = 409, "reopen_window_over"

    def __init__(self, ended_at: datetime) -> None:
        super().__init__(f"The case could be reopened until {ended_at:%Y-%m-%d}.", ended_at=ended_at)


class CaseClosed(AppError):
    status, code = 409, "case_closed"

    def __init__(self) -> None:
        super().__init__("A closed case is kept as it is: only its tags, links and redaction can change.")


class CaseMerged(AppError):
    status, code = 409, "case_merged"

    def __init__(self, merged_into_id: str) -> None:
        super().__init__("The case was merged: work on the one it was merged into.", merged_into_id=merged_into_id)


class MergeRefused(AppError):
    status, code = 409, "merge_refused"

    def __init__(self, why: str, reason: str) -> None:
        super().__init__(why, reason=reason)


class UnmergeRefused(AppError):
    status, code = 409, "unmerge_refused"

    def __init__(self, why: str, reason: str) -> None:
        super().__init__(why, reason=reason)


class SplitRefused(AppError):
    status, code = 409, "split_refused"

    def __init__(self, why: str, reason: str) -> None:
        super().__init__(why, reason=reason)


class AgentUnfit(AppError):
    status, code = 409, "agent_unavailable"

    def __init__(self) -> None:
        super().__init__("The agent is not a member of the team or no longer works here.")


class LinkOver(AppError):
    status, code = 410, "link_over"

    def __init__(self) -> None:
        super().__init__("This link has ended: ask the shop to send the file again.")


class NoClock(AppError):
    status, code = 404, "no_clock"

    def __init__(self, target: str) -> None:
        super().__init__("The case has no such clock: no policy promised it, or it has not started.", target=target)


class MacroInactive(AppError):
    status, code = 409, "macro_inactive"

    def __init__(self) -> None:
        super().__init__("The macro is switched off.")


class NameTaken(AppError):
    status, code = 409, "name_taken"

    def __init__(self) -> None:
        super().__init__("There is already one with this name.")


class AddressTaken(AppError):
    status, code = 409, "address_taken"

    def __init__(self) -> None:
        super().__init__("There is already an account with this address on the channel.")


class NextVisitRequired(AppError):
    status, code = 409, "next_visit_required"

    def __init__(self) -> None:
        super().__init__("A part is needed: plan the next visit, or say why there is none.")


class VisitWindowInvalid(Malformed):
    """422: a window ends after it begins."""

    def __init__(self) -> None:
        super().__init__("A window ends after it begins.", "/body/window_to", "window_invalid")


class OwnReview(AppError):
    status, code = 409, "own_review"

    def __init__(self) -> None:
        super().__init__("Nobody judges their own work.")


class NotAReply(Malformed):
    """422: only what an agent wrote to the customer is judged."""

    def __init__(self) -> None:
        super().__init__("Only a public reply by an agent is judged.", "/body/message_id", "not_a_reply")


class ScoreUnfit(Malformed):
    """422: the score is not on the card, is given twice, or is higher than the card goes."""

    def __init__(self, pointer: str) -> None:
        super().__init__("The score card has no such criterion, or not so many points for it.", pointer, "score_unfit")


class VisitUnknown(AppError):
    status, code = 404, "visit_unknown"

    def __init__(self) -> None:
        super().__init__("The form names no visit of yours, neither by visit_id nor by its form_ref.")


class FormUnfit(Malformed):
    """422: the members of a pushed form cannot be taken."""

    def __init__(self, where: str) -> None:
        super().__init__(f"The form cannot be taken: {where}.", "/body", "form_unfit")


class AutomationWithoutEnd(Malformed):
    """422: a timed rule that would fire for ever on the same case."""

    def __init__(self) -> None:
        super().__init__(
            "A timed rule must end itself: let one of its actions make its condition false.",
            "/body/actions",
            "automation_without_end",
        )


class UnknownVariable(Malformed):
    """422: a ready text names something that no case has."""

    def __init__(self, pointer: str, name: str) -> None:
        super().__init__(f"The text names {name}, which no case has.", pointer, "unknown_variable")


class UnknownReference(Malformed):
    """422: a member names something that is not there."""

    def __init__(self, pointer: str) -> None:
        super().__init__("This refers to nothing of yours.", pointer, "unknown_reference")


class ReferenceMismatch(Malformed):
    """422: a member names something of another order, or of another customer, than the case's."""

    def __init__(self, pointer: str, of: str) -> None:
        super().__init__(f"This belongs to another {of}.", pointer, "reference_mismatch")
