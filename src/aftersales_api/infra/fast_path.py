"""Database functions for machines that knock: the key, isolation and a document in one round trip (see web/hot_reads.py)."""

from collections.abc import Mapping
from typing import Final

from aftersales_api.infra.db import sql_function

CALLER: Final = "key_id uuid, scopes text[], shop_id uuid, stale boolean, rate integer"


def hot_document(name: str, source: str, document: str) -> str:
    """Make a function that reads one row of `source` (such as `customers o`) as a document; answers how to ask it.

    The document is left out when its stamp is the one that is known already.
    """
    sql_function(
        f"""
CREATE OR REPLACE FUNCTION {name}(hash bytea, wanted uuid, known text)
RETURNS TABLE ({CALLER}, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.key_id, a.scopes, a.shop_id, a.stale, a.rate INTO key_id, scopes, shop_id, stale, rate FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT {document} INTO document FROM {source} WHERE o.shop_id = {name}.shop_id AND o.id = wanted;
  stamp := md5(document::text);
  IF stamp = known THEN document := NULL; END IF;
  RETURN NEXT;
END $$""",
        name=name,
        signature="bytea, uuid, text",
    )
    return f"SELECT * FROM {name}($1, $2, $3)"


def gathered(name: str, parts: Mapping[str, str]) -> None:
    """Make a function of (`of_shop`, `of_customer`) that answers an object: to each name what its expression says of the customer."""
    members = ", ".join(f"'{member}', {said}" for member, said in parts.items())
    sql_function(
        f"""
CREATE OR REPLACE FUNCTION {name}(of_shop uuid, of_customer uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonb_build_object({members});
END $$""",
        name=name,
        signature="uuid, uuid",
    )
