"""Senders against the real protocols: an SMTP server, an HTTP gateway, the local mailbox."""

import asyncio
import email
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.policy import default
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP

from aftersales_api.infra.ports import open_ports
from aftersales_api.infra.settings import Settings
from aftersales_api.kit.signing import is_signed_standard, new_secret
from aftersales_api.messages.policy.outgoing import Gateway, Outgoing, mail_of, unsubscribe_headers
from aftersales_api.messages.senders import hand_over, mailbox, senders
from aftersales_api.messages.states import AttemptOutcome, Channel, Klass

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
STOP = unsubscribe_headers("https://luna.example/u/abc", "help@luna.example")


def outgoing(**more):
    return Outgoing(
        **{
            "message_id": UUID(int=7), "shop_id": UUID(int=1), "attempt": 1, "klass": Klass.FEEDBACK, "channel": Channel.EMAIL,
            "to": "ada@example.com", "to_name": "Ada Vega", "sender": "shop@luna.example", "sender_name": "Lüna",
            "reply_to": "help@luna.example", "subject": "¿Qué tal?", "text": "Hola\n.\nAdiós\n", "html": "<p>Hola</p>",
            "key": "k" * 64, "mail_id": "<kkk@luna.example>", "at": NOW, "locale": "es", "headers": STOP, **more,
        }
    )  # fmt: skip


class Post:
    """What the mail server does at each step; by default it takes everything."""

    def __init__(self, rcpt="250 OK", data="250 queued as 42", hang_in=None, drop_after_data=False):
        self.rcpt, self.data, self.hang_in, self.drop_after_data = rcpt, data, hang_in, drop_after_data
        self.taken = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.hang_in == "rcpt":
            await asyncio.sleep(60)
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        if self.data.startswith("2"):
            self.taken.append(envelope)
        if self.drop_after_data:
            server.transport.abort()
            return None
        if self.hang_in == "data":
            await asyncio.sleep(60)
        return self.data


@asynccontextmanager
async def post_office(post):
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(post, hostname="127.0.0.1", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def through_smtp(post, message=None, limit_s=5.0):
    async with post_office(post) as port:
        ports = open_ports(Settings(smtp_port=port, smtp_timeout_s=limit_s))
        try:
            return await hand_over(message or outgoing(), "smtp", ports)
        finally:
            await ports.close()


async def test_a_mail_arrives_with_both_parts_and_the_headers_of_rfc_8058():
    post = Post()

    outcome = await through_smtp(post)

    mail = email.message_from_bytes(post.taken[0].content, policy=default)
    assert outcome.outcome is AttemptOutcome.SENT
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert (mail["Subject"], mail["Message-ID"], mail["Content-Language"]) == ("¿Qué tal?", "<kkk@luna.example>", "es")
    assert mail["List-Unsubscribe"] == "<https://luna.example/u/abc>, <mailto:help@luna.example?subject=unsubscribe>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_body(("plain",)).get_content().splitlines() == ["Hola", ".", "Adiós"]


REFUSALS = [
    ("rcpt", "550 5.1.1 no such user", AttemptOutcome.NEVER, True),
    ("rcpt", "550 no such user", AttemptOutcome.NEVER, True),
    ("rcpt", "553 bad name", AttemptOutcome.NEVER, True),
    ("rcpt", "552 5.2.2 mailbox full", AttemptOutcome.NEVER, False),
    ("rcpt", "550 5.7.1 not from you", AttemptOutcome.NEVER, False),
    ("data", "554 5.6.0 content", AttemptOutcome.NEVER, False),
    ("rcpt", "450 4.2.0 greylisted", AttemptOutcome.LATER, False),
    ("rcpt", "421 closing", AttemptOutcome.LATER, False),
    ("data", "451 4.3.0 try later", AttemptOutcome.LATER, False),
]


@pytest.mark.parametrize(("step", "reply", "expected", "hard"), REFUSALS)
async def test_a_reply_says_later_or_never_and_whether_the_address_is_dead(step, reply, expected, hard):
    outcome = await through_smtp(Post(**{step: reply}))

    assert (outcome.outcome, outcome.hard) == (expected, hard)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_connection_lost_after_the_mail_was_handed_over_is_unknown():
    outcome = await through_smtp(Post(drop_after_data=True))

    assert outcome.outcome is AttemptOutcome.UNKNOWN


@pytest.mark.parametrize(("step", "expected"), [("rcpt", AttemptOutcome.LATER), ("data", AttemptOutcome.UNKNOWN)])
async def test_a_server_that_hangs_is_left_within_the_time_limit(step, expected):
    outcome = await asyncio.wait_for(through_smtp(Post(hang_in=step), limit_s=1), 20)

    assert outcome.outcome is expected


async def test_a_server_that_is_not_there_means_later():
    ports = open_ports(Settings(smtp_port=1))
    try:
        outcome = await hand_over(outgoing(), "smtp", ports)
    finally:
        await ports.close()

    assert outcome.outcome is AttemptOutcome.LATER


def test_names_and_subjects_cannot_end_a_header():
    mail = mail_of(outgoing(subject="Hi\r\nBcc: mallory@example.com", to_name="Ada\r\nX: y", sender_name='Lu"na\n'))

    head = mail.as_bytes().partition(b"\r\n\r\n")[0].decode()
    assert "\r\nBcc:" not in head
    assert "\r\nX:" not in head
    assert mail["Subject"] == "Hi Bcc: mallory@example.com"


def test_a_domain_of_another_script_goes_out_in_ascii():
    assert mail_of(outgoing(to="ada@mañana.example"))["To"].addresses[0].domain == "xn--maana-pta.example"


async def a_gateway(answer, seen):
    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:] if line)
        }
        seen.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


SECRET = new_secret()


async def through_gateway(answer, seen):
    server = await a_gateway(answer, seen)
    port = server.sockets[0].getsockname()[1]
    ports = open_ports(
        Settings(outbound_allow_subnets="127.0.0.0/8", outbound_allow_ports=str(port), outbound_https_only=False)
    )
    gateway = Gateway(f"http://127.0.0.1:{port}/sms", SECRET, "LUNA")
    try:
        return await hand_over(outgoing(channel=Channel.SMS, to="+34600000000", gateway=gateway), "http_gateway", ports)
    finally:
        await ports.close()
        server.close()
        await server.wait_closed()


async def test_a_gateway_gets_a_signed_message_with_an_idempotency_key():
    seen = []

    outcome = await through_gateway(b"HTTP/1.1 202 Accepted\r\nContent-Length: 15\r\n\r\n" + b'{"id": "sms-9"}', seen)

    headers, body = seen[0]
    assert (outcome.outcome, outcome.provider_message_id) == (AttemptOutcome.SENT, "sms-9")
    assert json.loads(body) == {
        "id": outgoing().shown_id, "channel": "sms", "class": "feedback", "to": "+34600000000", "from": "LUNA",
        "subject": "¿Qué tal?", "text": "Hola\n.\nAdiós\n", "locale": "es",
    }  # fmt: skip
    assert headers["idempotency-key"] == "k" * 64
    assert is_signed_standard(
        [SECRET], message_id=headers["webhook-id"], timestamp=headers["webhook-timestamp"],
        signature=headers["webhook-signature"], body=body, now=NOW,
    )  # fmt: skip


ANSWERS = [
    (b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n", AttemptOutcome.SENT),
    (b"HTTP/1.1 429 Slow\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n", AttemptOutcome.LATER),
    (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", AttemptOutcome.LATER),
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", AttemptOutcome.NEVER),
    (b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", AttemptOutcome.NEVER),
    (b"", AttemptOutcome.UNKNOWN),
]


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
async def test_a_gateways_answer_says_what_to_do(answer, expected):
    outcome = await through_gateway(answer, [])

    assert outcome.outcome is expected
    if b"Retry-After" in answer:
        assert outcome.retry_after.total_seconds() == 600


async def test_a_channel_without_gateway_is_refused():
    ports = open_ports(Settings())
    try:
        outcome = await hand_over(outgoing(channel=Channel.SMS), "http_gateway", ports)
    finally:
        await ports.close()

    assert (outcome.outcome, outcome.code) == (AttemptOutcome.NEVER, "no_gateway")


async def test_the_mailbox_keeps_one_file_per_message(tmp_path):
    ports = open_ports(Settings(data_dir=tmp_path))
    try:
        for attempt in (1, 2):
            await hand_over(replace(outgoing(), attempt=attempt), "mailbox", ports)
    finally:
        await ports.close()

    (mail,) = mailbox.mails(mailbox.shop_folder(tmp_path, UUID(int=1)), 10)
    assert (mail["attempt"], mail["to"], mail["from"]) == (2, "ada@example.com", "shop@luna.example")
    assert mailbox.mail(tmp_path, "msg_../../etc/passwd") is None


def test_every_file_among_the_senders_is_one_sender():
    assert set(senders()) == {"http_gateway", "in_app", "mailbox", "smtp"}
