"""Refusals about messages and templates.

AppError
├── TemplateKeyTaken       409  another template has this key
├── TemplateInvalid        422  the sources cannot be read, laid out or filled in; one entry per problem
├── TemplateNotPublished   409  nothing of it is published yet
├── TemplateArchived       409  it was put away
├── MessageAskedTwice      409  the same message is being asked for by another request
├── UnknownTemplate        422  no template has this key
├── UnknownOrder           422  there is no such order
├── NoRecipient            422  neither a customer nor an address is named
├── DueTooFar              422  it is wanted in more than ten years
├── ContextRefused         422  what is to be filled in is too large or nested too deep
└── ContactPolicyInvalid   422  the rules contradict themselves
"""

from collections.abc import Sequence

from aftersales_api.kit.errors import AppError, FieldProblem, Malformed


class TemplateKeyTaken(AppError):
    status, code = 409, "template_key_taken"

    def __init__(self) -> None:
        super().__init__("Another template has this key.")


class TemplateInvalid(AppError):
    status, code = 422, "template_invalid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        count = len(problems)
        super().__init__(f"The template has {count} problem{'' if count == 1 else 's'}.", errors=problems)


class TemplateNotPublished(AppError):
    status, code = 409, "template_not_published"

    def __init__(self, key: str) -> None:
        super().__init__("No version of this template is published.", key=key)


class TemplateArchived(AppError):
    status, code = 409, "template_archived"

    def __init__(self) -> None:
        super().__init__("This template was put away; publish it to use it again.")


class MessageAskedTwice(AppError):
    status, code = 409, "message_asked_twice"

    def __init__(self) -> None:
        super().__init__("The same message is being asked for by another request.", headers={"Retry-After": "1"})


class UnknownTemplate(Malformed):
    def __init__(self, pointer: str = "/body/template") -> None:
        super().__init__("There is no template with this key.", pointer, "unknown_template")


class UnknownOrder(Malformed):
    def __init__(self) -> None:
        super().__init__("There is no such order.", "/body/order_id", "unknown_order")


class NoRecipient(Malformed):
    def __init__(self) -> None:
        super().__init__("A message needs a customer.", "/body/customer_id", "no_recipient")


class ContextRefused(Malformed):
    def __init__(self) -> None:
        super().__init__("The context holds at most 50,000 characters.", "/body/context", "context_too_large")


class DueTooFar(Malformed):
    def __init__(self) -> None:
        super().__init__("A message is due within ten years.", "/body/due_at", "due_too_far")


class ContactPolicyInvalid(AppError):
    status, code = 422, "contact_policy_invalid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("The rules contradict themselves.", errors=problems)
