"""Products over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.products import queries, service
from aftersales_api.products.models import ProductRow
from aftersales_api.products.schemas import Product, ProductCreate, ProductId, ProductPage, ProductPut
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("products")
Words = Annotated[list[Annotated[str, Query(max_length=255)]], Query(max_length=50)]


@router.post("/v1/products", scope="products:write", status_code=201)
async def upsert_product(body: ProductCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> Product:
    """Say what a product is now. 201 when it is new, 200 when it was known: `(source, external_id)` tells."""
    row, is_new = await service.save(tx, body, now=now, actor=caller.actor)
    shown = Product.model_validate(row)
    response.status_code = 201 if is_new else 200
    created(response, f"/v1/products/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/products", scope="products:read")
async def list_products(
    tx: Tx,
    page: PageQuery,
    external_id: Words = [],
    source: Words = [],
    sku: Words = [],
    category: Words = [],
) -> ProductPage:
    """Products, newest first."""
    statement = queries.products(external_ids=external_id, sources=source, skus=sku, categories=category)
    rows, end = await page.run(tx, statement, ProductRow)
    return ProductPage(items=[Product.model_validate(row) for row in rows], **end)


@router.get("/v1/products/{product_id}", scope="products:read")
async def get_product(product_id: ProductId, tx: Tx) -> Product:
    """One product."""
    return Product.model_validate(await db.get(tx, ProductRow, product_id))


@router.put("/v1/products/{product_id}", scope="products:write")
async def replace_product(product_id: ProductId, body: ProductPut, tx: Tx, caller: Caller, now: Now) -> Product:
    """Say what a known product is now; members not named are emptied."""
    return Product.model_validate(await service.replace(tx, product_id, body, now=now, actor=caller.actor))


@router.delete("/v1/products/{product_id}", scope="products:write")
async def archive_product(product_id: ProductId, tx: Tx, caller: Caller, now: Now) -> None:
    """Take a product out of the catalogue. What was sold of it keeps it; saying it again brings it back."""
    await service.archive(tx, product_id, now=now, actor=caller.actor)
