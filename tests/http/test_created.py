"""What is created answers with where it is and which version it has, so that the next change can be held against it."""

import pytest

CREATIONS = (
    ("/v1/api-keys", {"name": "till", "scopes": ["orders:read"]}),
    ("/v1/case-categories", {"name": "Breakage"}),
    ("/v1/suppressions", {"address": "ada@example.com", "channel": "email", "reason": "manual"}),
    ("/v1/products", {"source": "own", "external_id": "p-1", "title": "Kettle"}),
)


@pytest.mark.parametrize(("path", "body"), CREATIONS)
async def test_what_was_created_has_the_tag_that_its_reader_sees(lab, path, body):
    made = await lab.client.post(path, json=body)
    assert made.status_code == 201, made.text
    read = await lab.client.get(made.headers["location"])
    assert read.status_code == 200, read.text
    assert made.headers["etag"] == read.headers["etag"]


async def test_a_key_just_made_is_revoked_by_the_tag_of_its_making(lab):
    made = await lab.client.post("/v1/api-keys", json={"name": "till", "scopes": ["orders:read"]})
    known = {"If-Match": made.headers["etag"]}
    path = f"{made.headers['location']}/revoke"
    assert (await lab.client.post(path, headers=known)).status_code == 200
    assert (await lab.client.post(path, headers=known)).json()["code"] == "precondition_failed"


async def test_a_repetition_says_the_same_tag(lab):
    asked = {"json": {"name": "till", "scopes": ["orders:read"]}, "headers": {"Idempotency-Key": "once"}}
    first, again = [await lab.client.post("/v1/api-keys", **asked) for _ in range(2)]
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.headers["etag"], again.headers["location"]) == (first.headers["etag"], first.headers["location"])
