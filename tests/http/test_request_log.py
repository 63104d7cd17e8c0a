"""One line of the log for each answer: enough to find what a caller asks about, and nothing of what was said."""

from structlog.testing import capture_logs

from aftersales_api.kit.ids import show
from senders import connect, deliver, shopify


async def lines_of(ask):
    with capture_logs() as told:
        answer = await ask
    (line,) = [each for each in told if each["event"] == "request"]
    assert line["request_id"] == answer.headers["x-request-id"]
    return line


async def test_an_answer_tells_its_operation_and_shop(lab):
    line = await lines_of(lab.client.get("/v1/shop"))
    assert (line["operation"], line["status"], line["shop"]) == ("get_shop", 200, show("shp", lab.shop_id))
    assert "code" not in line


async def test_a_refusal_tells_its_code_and_not_what_was_refused(lab):
    line = await lines_of(lab.client.post("/v1/cases", json={"subject": "Ana's secret", "surprise": 1}))
    assert (line["operation"], line["status"], line["code"]) == ("create_case", 422, "invalid_request")
    assert "Ana" not in str(line)


async def test_a_refusal_before_the_operation_tells_its_shop_too(lab):
    line = await lines_of(lab.client.get("/v1/orders?colour=red"))
    assert (line["status"], line["code"], line["shop"]) == (422, "invalid_request", show("shp", lab.shop_id))


async def test_a_stranger_has_no_shop(lab):
    line = await lines_of(lab.client.get("/v1/shop", headers={"Authorization": "Bearer ask_test_nobody"}))
    assert (line["status"], line["code"], line.get("shop")) == (401, "unauthenticated", None)


async def test_a_delivery_that_was_turned_away_tells_why(lab):
    connection = await connect(lab, "shopify")
    body, headers = shopify("orders/create", {"id": 1}, secret="another")
    line = await lines_of(deliver(lab, connection, (body, headers)))
    assert (line["status"], line["code"]) == (401, "signature_refused")
