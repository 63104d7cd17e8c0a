"""Mail through the operator's SMTP server (RFC 5321)."""

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponseException

from aftersales_api.infra.ports import Ports
from aftersales_api.infra.settings import Settings
from aftersales_api.messages.policy.delivery import Outcome, later, never, sent, smtp_refusal, unknown
from aftersales_api.messages.policy.outgoing import Outgoing, mail_of

NAME = "smtp"


class _Talk:
    """How far a conversation came: from DATA on, a lost answer may mean that the mail arrived."""

    def __init__(self) -> None:
        self.about_recipient = False
        self.past_data = False


async def send(outgoing: Outgoing, ports: Ports) -> Outcome:
    """One connection, one mail, within the operator's time limit."""
    talk = _Talk()
    try:
        async with ports.http.calls.within(ports.settings.smtp_timeout_s):
            return sent(outgoing.mail_id, await _converse(outgoing, ports.settings, talk))
    except SMTPAuthenticationError as refused:
        return later("smtp_login", str(refused.code))
    except SMTPResponseException as refused:
        return (
            smtp_refusal(refused.code, refused.message)
            if talk.about_recipient
            else later(str(refused.code), refused.message)
        )
    except (SMTPException, OSError, TimeoutError, EOFError) as lost:
        return (
            unknown("connection_lost", type(lost).__name__)
            if talk.past_data
            else later("connection_lost", type(lost).__name__)
        )
    except UnicodeError:
        return never("address_not_ascii", bounced=True)


async def _converse(outgoing: Outgoing, options: Settings, talk: _Talk) -> str:
    mail = mail_of(outgoing)
    client = SMTP(
        hostname=options.smtp_host,
        port=options.smtp_port,
        timeout=options.smtp_timeout_s,
        start_tls=True if options.smtp_starttls else None,
        username=options.smtp_username or None,
        password=options.smtp_password or None,
    )
    try:
        await client.connect()
        await client.mail(outgoing.sender)
        talk.about_recipient = True
        await client.rcpt(mail["To"].addresses[0].addr_spec)
        source = mail.as_bytes()
        talk.past_data = True
        answer = await client.data(source)
        return answer.message
    finally:
        client.close()
