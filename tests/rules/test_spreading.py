"""The schema could be spread over many servers by shop (Citus, one co-location group): every key of the real database carries the shop.

What a spread table must have: the column it is spread by in its primary key, in every unique index and in every foreign key, and
on the other side of that key too (docs.citusdata.com, "Limitations": uniqueness and references hold only within one shard).
"""

from sqlalchemy import text

from aftersales_api.infra.security import EXEMPT

UNIQUE = """
SELECT i.indexrelid::regclass::text AS name, c.relname AS table, array_agg(a.attname::text) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace GROUP BY 1, 2
"""
REFERENCES = """
SELECT k.conname AS name, k.conrelid::regclass::text AS table, k.confrelid::regclass::text AS target,
  (SELECT array_agg(attname::text ORDER BY o.n) FROM unnest(k.conkey) WITH ORDINALITY o(c, n)
     JOIN pg_attribute ON attrelid = k.conrelid AND attnum = o.c) AS columns,
  (SELECT array_agg(attname::text ORDER BY o.n) FROM unnest(k.confkey) WITH ORDINALITY o(c, n)
     JOIN pg_attribute ON attrelid = k.confrelid AND attnum = o.c) AS targets
FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
"""
# Looked up before the shop is known; 160 random bits and more cannot meet, so each shard may see to its own.
SECRETS = {"hash", "token_hash", "key_hash"}


def spread_by(table):
    return "id" if table == "shops" else "shop_id"


async def test_every_unique_key_carries_the_shop_or_is_the_hash_of_a_random_secret(app):
    async with app.state.database.sessions.begin() as tx:
        rows = (await tx.execute(text(UNIQUE))).all()
    found = [row for row in rows if row.table not in EXEMPT]
    assert len(found) > 100
    bare = [row.name for row in found if spread_by(row.table) not in row.columns and not SECRETS & set(row.columns)]
    assert bare == []


async def test_every_reference_stays_within_the_shop_on_both_sides(app):
    async with app.state.database.sessions.begin() as tx:
        rows = (await tx.execute(text(REFERENCES))).all()
    assert len(rows) > 50
    for row in rows:
        assert row.target not in EXEMPT, row.name
        assert (row.columns[0], row.targets[0]) == ("shop_id", spread_by(row.target)), row.name
