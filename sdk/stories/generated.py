"""Round trip through openapi-generator's Python client: create, list, read a refusal."""

import os

import aftersales_generated as api
from aftersales_generated.exceptions import NotFoundException

told = api.Configuration(host=os.environ["BASE_URL"], access_token=os.environ["API_KEY"])
with api.ApiClient(told) as client:
    products = api.ProductsApi(client)
    made = products.upsert_product(api.ProductCreate(source="sdk", external_id="p-1", title="Luna"))
    assert made.id in {each.id for each in products.list_products().items}
    assert products.get_product(made.id).title == "Luna"
    try:
        api.OrdersApi(client).get_order("ord_" + "0" * 26)
    except NotFoundException as refused:
        assert api.Problem.from_json(refused.body).code == "not_found"
    else:
        raise AssertionError("nothing refused")
print(f"generator python: {made.id}")
