"""A real SMTP server on loopback with moods, and what became of the mails it was given."""

import asyncio
import email
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

from machine_room import Room


class MoodyPost:
    """Refuses, hangs and drops in turn while it is moody; then takes everything. Remembers what it took."""

    def __init__(self) -> None:
        self.moody, self.turn, self.port = False, 0, 0
        self.taken: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str | None:
        self.turn += 1
        mood = self.turn % 5 if self.moody else 4
        if mood == 0:
            return "421 closing"
        if mood == 1:
            return "451 later"
        if mood == 2:
            await asyncio.sleep(60)
        self.taken.append(str(email.message_from_bytes(envelope.content, policy=default)["Message-ID"]))
        if mood == 3:
            server.transport.abort()
            return None
        return "250 queued"


@asynccontextmanager
async def opened_post() -> AsyncIterator[MoodyPost]:
    """Open while the block runs."""
    office = MoodyPost()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(office, hostname="127.0.0.1"), "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()


async def fates(room: Room, office: MoodyPost) -> tuple[dict[str, int], int, int]:
    """How order confirmations stand by status, how many never came, and the most copies of one."""
    rows = await room.sql("SELECT status, count(*) FROM messages WHERE kind = 'order_confirmation' GROUP BY 1")
    copies = Counter(office.taken)
    wanted = {row[0] for row in await room.sql("SELECT mail_id FROM messages WHERE kind = 'order_confirmation'")}
    return {row[0]: row[1] for row in rows}, len(wanted - set(copies)), max(copies.values(), default=0)
