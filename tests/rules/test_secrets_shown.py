"""No answer and no event has a member for a secret, a hash or a token, but those named here with the reason (OWASP API3)."""

import re

from aftersales_api.api import openapi
from aftersales_api.infra.db import Base
from aftersales_api.infra.privacy import Kind, kind_of
from sample import resolve

WORDS = re.compile(
    r"(^|_)(secrets?|pepper|passwords?|hash(es)?|digests?|fingerprints?|sealed|tokens?|api_key|private|signatures?|salt|credentials?)(_|$)"
)
ONCE = "made by this very request, shown this once"
SHOWN_ONCE = {
    ("ApiKeySecret", "api_key"): ONCE,
    ("ConnectionWithSecret", "secret"): ONCE,
    ("InvitationWithLinks", "token"): ONCE,
    ("MessageGatewayWithSecret", "secret"): ONCE,
    ("ShopWithKey", "api_key"): ONCE,
    ("WebhookEndpointWithSecret", "secret"): ONCE,
}
NO_SECRETS = {
    ("CaseAnswer", "reply_token"): "stands in the subject of mails to the customer: finds the case, opens nothing",
    ("SupportCase", "reply_token"): "as in CaseAnswer",
    ("Connection", "secrets"): "hints and dates of them, never their text",
    ("ConnectionWithSecret", "secrets"): "as in Connection",
    ("OldSecret", "secret"): "asked for by name with GET …/secret and its own scope, as receivers' libraries need it",
    ("WebhookSecret", "secret"): "as in OldSecret",
    ("Proof", "content_hash"): "SHA-256 of a document its reader holds, to show that it was not changed",
    ("Withdrawal", "ack_content_hash"): "as in Proof, of the acknowledgement that was sent",
    ("WithdrawalAcknowledgedEventData", "ack_content_hash"): "as in Withdrawal",
    ("WithdrawalDeclaredEventData", "ack_content_hash"): "as in Withdrawal",
}


def reached(document, part, found=None):
    """Names of all schemas behind a part of the document."""
    found = set() if found is None else found
    if isinstance(part, list):
        for each in part:
            reached(document, each, found)
    elif isinstance(part, dict):
        name = str(part.get("$ref", "")).partition("#/components/schemas/")[2]
        if name and name not in found:
            found.add(name)
            reached(document, resolve(document, part), found)
        for each in part.values():
            reached(document, each, found)
    return found


def secret_names():
    """What columns are called that hold secrets."""
    return {
        column.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if kind_of(column) is Kind.SECRET
    }


def members(document, names):
    """(schema, member) of all that tell of a secret by their name."""
    columns = secret_names()
    return {
        (name, member)
        for name in names
        for member in document["components"]["schemas"][name].get("properties", {})
        if member in columns or WORDS.search(member)
    }


def test_every_column_of_a_secret_is_known_by_its_name(app):
    assert {"hash", "token_hash", "secrets_sealed", "pepper_mark", "fingerprint"} <= secret_names()


def test_no_answer_and_no_event_has_a_member_for_a_secret(app):
    document = openapi.document(app)
    said = [operation["responses"] for path in document["paths"].values() for operation in path.values()]
    told = [operation["requestBody"] for hook in document["webhooks"].values() for operation in hook.values()]
    names = reached(document, [said, told])
    assert len(names) > 400
    assert members(document, names) == SHOWN_ONCE.keys() | NO_SECRETS.keys()


def test_what_is_shown_once_no_read_can_show_again(app):
    document = openapi.document(app)
    for path, methods in document["paths"].items():
        if "get" in methods:
            shown = reached(document, methods["get"]["responses"])
            assert not members(document, shown) & SHOWN_ONCE.keys(), path
