"""A mail server of the test's own, and the shop's mail led to it."""

import asyncio
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP


class Post:
    """A mail server that answers with what lies on its pile, then takes everything."""

    def __init__(self, *replies):
        self.replies, self.ids = list(replies), []

    async def handle_DATA(self, server, session, envelope):
        reply = self.replies.pop(0) if self.replies else "250 OK"
        head = envelope.content.decode(errors="replace")
        self.ids.append(head.partition("Message-ID: ")[2].partition("\r\n")[0])
        if reply == "drop":
            server.transport.abort()
        return reply

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.replies and self.replies[0].startswith("rcpt "):
            return self.replies.pop(0).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"


@asynccontextmanager
async def mail_server(lab, post, limit_s=2.0):
    """The shop's mail goes to this server meanwhile."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(post, hostname="127.0.0.1"), "127.0.0.1", 0)
    ports, kept = lab.app.state.ports, lab.app.state.ports.settings
    port = server.sockets[0].getsockname()[1]
    ports.settings = kept.model_copy(update={"mail_sender": "smtp", "smtp_port": port, "smtp_timeout_s": limit_s})
    try:
        yield
    finally:
        ports.settings = kept
        server.close()
