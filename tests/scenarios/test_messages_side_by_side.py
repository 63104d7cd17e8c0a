"""Under a real worker a slow mail server is given several mails at once, each of them once."""

import asyncio
from collections import Counter
from typing import Any

from lab import a_worker
from mail_server import Post, mail_server
from messages_cast import a_template, an_order, rules, say

MAILS = 12


class SlowPost(Post):
    """Knows how many mails it has in hand, and takes none before it has several."""

    in_hand = most = 0

    def __init__(self) -> None:
        super().__init__()
        self.has_several = asyncio.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> Any:
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        if self.most > 3:
            self.has_several.set()
        await self.has_several.wait()
        self.in_hand -= 1
        return await super().handle_DATA(server, session, envelope)


async def test_mails_do_not_wait_for_each_other(lab: Any) -> None:
    await rules(lab)
    await a_template(lab, "must", "transactional")
    ada = await an_order(lab)
    post = SlowPost()
    async with mail_server(lab, post, limit_s=30):
        for _ in range(MAILS):
            await say(lab, ada.customer_id, "must")
        async with a_worker(lab), asyncio.timeout(60):
            while len(post.ids) < MAILS or post.in_hand:  # noqa: ASYNC110 - the mail server tells by its pile
                await asyncio.sleep(0.05)
        await lab.settle()

    assert post.most > 3
    assert Counter(post.ids).most_common(1)[0][1] == 1
    sent = (await lab.client.get("/v1/messages", params={"limit": 100})).json()["items"]
    assert [each["status"] for each in sent] == ["sent"] * MAILS
