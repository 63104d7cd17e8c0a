"""What the numbers of support are counted from: figures of each case, daily and monthly sums of them, and what is still to be counted.

Everything here can be made again from `case_events`; nothing of it is a source. `key` is a dimension's value as a number
(`case_number_keys` says which); 0 is the whole. Sums keep the spread of times as counts by bin, and beside them every second
of a bin with how often it was met, so that an exact percentile reads one bin of each month and no figure.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Identity, Index, Integer, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, Due, ShopOwned, current_shop, due_index, shop_fk, sql_function, sql_trigger
from aftersales_api.infra.privacy import NONE


class FigureRow(Base):
    """One thing behind a number, as the pure definitions count it; `at` decides its period."""

    __tablename__ = "case_figures"
    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(String(40), primary_key=True, info=NONE)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime]
    calendar: Mapped[int | None]
    business: Mapped[int | None]
    hit: Mapped[bool | None]
    excluded: Mapped[str] = mapped_column(String(30), default="", info=NONE)
    events: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    agent_id: Mapped[UUID | None]
    label: Mapped[str | None] = mapped_column(String(40), info=NONE)
    previous_at: Mapped[datetime | None]
    previous_breach_at: Mapped[datetime | None]
    is_test: Mapped[bool] = mapped_column(default=False)
    keys: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    __table_args__ = (Index("ix_case_figures__at", "shop_id", "metric", "at", "case_id", "n"),)


class SumRow(Base):
    """The figures of one metric on one local day (`d`) or in one month (`m`) of the shop, for one key."""

    __tablename__ = "case_sums"
    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    metric: Mapped[str] = mapped_column(String(40), primary_key=True, info=NONE)
    grain: Mapped[str] = mapped_column(String(1), primary_key=True, info=NONE)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    excluded: Mapped[str] = mapped_column(String(30), primary_key=True, info=NONE)
    n: Mapped[int] = mapped_column(BigInteger)
    hits: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    calendar_n: Mapped[int] = mapped_column(BigInteger)
    calendar_sum: Mapped[int] = mapped_column(BigInteger)
    calendar_bins: Mapped[dict[str, Any]] = mapped_column(info=NONE)
    business_n: Mapped[int] = mapped_column(BigInteger)
    business_sum: Mapped[int] = mapped_column(BigInteger)
    business_bins: Mapped[dict[str, Any]] = mapped_column(info=NONE)


class TimesRow(Base):
    """The durations of one bin in one month, for one key: places (seconds above the bin's edge x 32 + day) and how many at each."""

    __tablename__ = "case_sum_times"
    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    metric: Mapped[str] = mapped_column(String(40), primary_key=True, info=NONE)
    basis: Mapped[str] = mapped_column(String(8), primary_key=True, info=NONE)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    bin: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    excluded: Mapped[str] = mapped_column(String(30), primary_key=True, info=NONE)
    places: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    counts: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class PairRow(Base):
    """Figures of one case that follow each other, by the days of both: so that a case counts once in any period."""

    __tablename__ = "case_sum_pairs"
    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    metric: Mapped[str] = mapped_column(String(40), primary_key=True, info=NONE)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    previous_day: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)


class NumberKeyRow(Base):
    """Which value of which dimension a key stands for."""

    __tablename__ = "case_number_keys"
    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    dimension: Mapped[str] = mapped_column(String(20), info=NONE)
    value: Mapped[str] = mapped_column(String(255), info=NONE)
    __table_args__ = (Index("ix_case_number_keys__dimension", "shop_id", "dimension"),)


class StayRow(Base):
    """A stay of a case in new, open, pending or on_hold: under each day (UTC) it touched, or under its first while it lasts."""

    __tablename__ = "case_stays"
    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20), info=NONE)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    first_contact_at: Mapped[datetime]
    is_test: Mapped[bool] = mapped_column(default=False)
    keys: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    __table_args__ = (
        # A backlog is counted from these two alone, without the rows, and listed in their order.
        Index(
            "ix_case_stays__day",
            "shop_id",
            "day",
            "first_contact_at",
            "case_id",
            postgresql_include=["status", "since", "until", "is_test"],
            postgresql_where=text("until IS NOT NULL"),
        ),
        Index(
            "ix_case_stays__lasting",
            "shop_id",
            "first_contact_at",
            "case_id",
            postgresql_include=["status", "since", "is_test"],
            postgresql_where=text("until IS NULL"),
        ),
    )


class CountedRow(ShopOwned, Base):
    """A case that was counted; its id is the case's. From `stale_at` on it counts differently though nothing happens."""

    __tablename__ = "case_counted"
    customer_id: Mapped[UUID | None]
    first_contact_at: Mapped[datetime]
    first_resolved_at: Mapped[datetime | None]
    stale_at: Mapped[datetime | None]
    __table_args__ = (
        shop_fk("id", "cases"),
        Index("ix_case_counted__stale", "shop_id", "stale_at", postgresql_where=text("stale_at IS NOT NULL")),
        Index("ix_case_counted__customer", "shop_id", "customer_id", "first_resolved_at"),
    )


class ChangeRow(Base):
    """A case that something happened to since it was counted; written by triggers, so that nothing is ever missed."""

    __tablename__ = "case_changes"
    shop_id: Mapped[UUID] = mapped_column(primary_key=True, default=current_shop)
    no: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[UUID]


class CountingRow(Due, ShopOwned, Base):
    """A turn of counting: asked for when something changed, gone when its turn was taken."""

    __tablename__ = "case_countings"
    __table_args__ = (due_index("case_countings"),)


class CountStateRow(ShopOwned, Base):
    """How far the counting of a shop is; its id is the shop's. Sums hold only while `is_summed` and in `timezone`."""

    __tablename__ = "case_count_states"
    round: Mapped[int] = mapped_column(BigInteger, default=0)
    timezone: Mapped[str] = mapped_column(String(64), info=NONE)
    is_summed: Mapped[bool] = mapped_column(default=True)
    summed_until: Mapped[date | None]


# A change asks for a turn two seconds later unless one is coming that is not about to be taken.
_NOTE = """
CREATE FUNCTION case_touched(shop uuid, cases uuid[], at timestamptz) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO case_changes (shop_id, case_id) SELECT shop, unnest(cases);
  IF NOT EXISTS (SELECT FROM case_countings WHERE shop_id = shop AND queued_at IS NULL AND due_at > at + interval '1 second') THEN
    INSERT INTO case_countings (shop_id, id, due_at) VALUES (shop, gen_random_uuid(), at + interval '2 seconds');
  END IF;
END $$"""
_BY_LOG = """
CREATE FUNCTION case_touched_by_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(shop_id, array_agg(DISTINCT case_id), max(recorded_at)) FROM added GROUP BY shop_id;
  RETURN NULL;
END $$"""
_BY_ROW = """
CREATE FUNCTION case_touched_by_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(NEW.shop_id, ARRAY[NEW.id], NEW.updated_at);
  RETURN NULL;
END $$"""
_BY_ORDER = """
CREATE FUNCTION case_touched_by_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(NEW.shop_id, array_agg(c.id), max(c.updated_at))
  FROM cases c WHERE c.shop_id = NEW.shop_id AND c.order_id = NEW.order_id HAVING count(*) > 0;
  RETURN NULL;
END $$"""
_BY_LINES = """
CREATE FUNCTION case_touched_by_lines() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM case_touched(c.shop_id, array_agg(c.id), max(c.updated_at))
  FROM (SELECT DISTINCT shop_id, order_id FROM added) a
  JOIN cases c ON c.shop_id = a.shop_id AND c.order_id = a.order_id GROUP BY c.shop_id;
  RETURN NULL;
END $$"""
_TRIGGERS = {
    "case_touched_log": (
        "CREATE TRIGGER case_touched AFTER INSERT ON case_events REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION case_touched_by_log()"
    ),
    "case_touched_sla": (
        "CREATE TRIGGER case_touched AFTER INSERT ON sla_events REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION case_touched_by_log()"
    ),
    "case_touched_row": (
        "CREATE TRIGGER case_touched AFTER UPDATE ON cases FOR EACH ROW WHEN ("
        "(OLD.customer_id, OLD.order_id, OLD.product_id, OLD.shipment_id, OLD.category_id, OLD.team_id, OLD.assignee_id, OLD.type, "
        "OLD.priority, OLD.language, OLD.is_test, OLD.order_line_ids) IS DISTINCT FROM "
        "(NEW.customer_id, NEW.order_id, NEW.product_id, NEW.shipment_id, NEW.category_id, NEW.team_id, NEW.assignee_id, NEW.type, "
        "NEW.priority, NEW.language, NEW.is_test, NEW.order_line_ids)) EXECUTE FUNCTION case_touched_by_row()"
    ),
    "case_touched_shipment_made": (
        "CREATE TRIGGER case_touched_made AFTER INSERT ON shipments FOR EACH ROW WHEN (NEW.carrier IS NOT NULL) "
        "EXECUTE FUNCTION case_touched_by_order()"
    ),
    "case_touched_shipment": (
        "CREATE TRIGGER case_touched AFTER UPDATE ON shipments FOR EACH ROW "
        "WHEN ((OLD.carrier, OLD.order_id) IS DISTINCT FROM (NEW.carrier, NEW.order_id)) EXECUTE FUNCTION case_touched_by_order()"
    ),
    "case_touched_line_made": (
        "CREATE TRIGGER case_touched_made AFTER INSERT ON order_lines REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION case_touched_by_lines()"
    ),
    "case_touched_line": (
        "CREATE TRIGGER case_touched AFTER UPDATE ON order_lines FOR EACH ROW "
        "WHEN (OLD.product_id IS DISTINCT FROM NEW.product_id) EXECUTE FUNCTION case_touched_by_order()"
    ),
}
sql_function(_NOTE, name="case_touched", signature="uuid, uuid[], timestamptz")
sql_function(_BY_LOG, name="case_touched_by_log")
sql_function(_BY_ROW, name="case_touched_by_row")
sql_function(_BY_ORDER, name="case_touched_by_order")
sql_function(_BY_LINES, name="case_touched_by_lines")
for _name, _ddl in _TRIGGERS.items():
    sql_trigger(_ddl, name=_name)
