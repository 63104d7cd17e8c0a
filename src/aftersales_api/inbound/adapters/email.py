"""Mail: a gateway posts each raw message (RFC 5322), signed like Standard Webhooks or with Basic credentials.

A mail is known by its Message-ID, so that a gateway may deliver it twice; one without is known by its bytes.
"""

import re

from aftersales_api.inbound.adapters.contract import Envelope, Knock, Letter, key
from aftersales_api.inbound.adapters.trusted import SignedOrBasic
from aftersales_api.inbound.errors import NotMappable
from aftersales_api.inbound.policy.support_facts import MailCame
from aftersales_api.orders.facts import Fact

TOPIC = "mail"
HEAD = 100_000
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{1,490}>)", re.IGNORECASE | re.MULTILINE)


class Email(SignedOrBasic):
    source = "email"
    title = "E-mail gateway (RFC 5322)"
    reads_raw = True
    takes_files = True

    def envelope(self, knock: Knock) -> Envelope:
        head = knock.body[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        found = MESSAGE_ID.search(head)
        mark = found.group(1).decode("utf-8", "replace") if found else knock.digest
        return Envelope(topic=TOPIC, dedupe_key=key("mail", mark))

    def handles(self, topic: str) -> bool:
        return topic == TOPIC

    def translate(self, letter: Letter) -> list[Fact]:
        if not letter.raw.strip():
            raise NotMappable("an empty body is no mail")
        return [MailCame(raw=letter.raw, source_updated_at=letter.received_at, occurred_at=letter.received_at)]


ADAPTER = Email()
