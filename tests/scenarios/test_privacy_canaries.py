"""A person who left marks at every door has them all in the export, and after being forgotten in no table at all."""

import orjson
import structlog
from sqlalchemy import text

from aftersales_api.infra import logs
from privacy_cast import EMAIL, everywhere
from privacy_marks import NEEDLE, PHONE, left


async def wait_for(lab, request):
    await lab.settle()
    answer = await lab.client.get(f"/v1/privacy-requests/{request['id']}")
    assert answer.json()["status"] == "completed", answer.text
    return answer.json()


async def test_what_was_left_at_every_door_is_exported_and_then_forgotten_everywhere(lab):
    person = await everywhere(lab)
    before = await left(lab)
    in_tables = {mark for marks in before.values() for mark in marks}
    assert set(person.marks.values()) - in_tables == set()

    request = await person.post("/v1/privacy-requests", kind="export", email=EMAIL)
    ready = await wait_for(lab, request)
    export = (await lab.client.get(ready["download_url"])).text
    assert sorted(mark for mark in person.marks.values() if mark not in export) == []
    tables = orjson.loads(export)["tables"]
    of_staff = [tables[name] for name in ("quality_reviews", "internal_feedback", "case_assignments")]
    assert f"{NEEDLE}remark" not in str(of_staff)
    assert EMAIL in export
    assert PHONE in export

    await wait_for(lab, await person.post("/v1/privacy-requests", kind="erasure", email=EMAIL))

    assert await left(lab) == {}
    assert (await lab.client.get(ready["download_url"])).status_code == 410
    assert NEEDLE not in (await lab.client.get("/v1/mailbox")).text


async def test_what_a_shop_told_apart_by_an_address_is_still_told_apart(lab):
    """The address in a label or key gives way to the same digest everywhere; the rest of the words stays."""
    person = await everywhere(lab)
    await wait_for(lab, await person.post("/v1/privacy-requests", kind="erasure", email=EMAIL))
    tags = (await lab.client.get(f"/v1/cases/{person.ids['case']}")).json()["tags"]
    assert "vip" in tags
    [digest] = [tag.removeprefix("vip-") for tag in tags if tag.startswith("vip-")]
    assert digest.startswith("erased_")
    assert [tag for tag in tags if tag.startswith("calls from erased_")]
    async with lab.tx() as tx:
        keys = await tx.execute(
            text("SELECT dedupe_key FROM case_openings UNION ALL SELECT external_id FROM return_receipts")
        )
    assert {f"first-mail-of-{digest}", f"parcel of {digest}"} <= {row[0] for row in keys}


async def test_none_of_it_is_in_the_logs(lab, capfd):
    was = structlog.get_config()
    logs.configure("DEBUG")
    try:
        person = await everywhere(lab)
        await wait_for(lab, await person.post("/v1/privacy-requests", kind="export", email=EMAIL))
        await wait_for(lab, await person.post("/v1/privacy-requests", kind="erasure", email=EMAIL))
    finally:
        structlog.configure(**was)
    written = "".join(capfd.readouterr())
    assert written.count("request") > 40
    assert [mark for mark in (NEEDLE, PHONE[1:]) if mark in written.lower()] == []
