"""Files that came with messages or were uploaded for them; their bytes lie in the database, beside what they belong to."""

from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from aftersales_api.infra.db import Base, CreatedAt, ShopOwned, shop_fk
from aftersales_api.infra.privacy import NONE, PII, PII_ROW


class AttachmentRow(CreatedAt, ShopOwned, Base):
    """A file. It belongs to no case until a message or a visit names it; `content` is loaded only when asked for."""

    __tablename__ = "case_attachments"
    case_id: Mapped[UUID | None]
    origin_case_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(255), info=PII)
    media_type: Mapped[str] = mapped_column(String(80), info=NONE)
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), info=PII)
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, info=PII_ROW))
    __table_args__ = (
        shop_fk("case_id", "cases"),
        shop_fk("origin_case_id", "cases"),
        shop_fk("message_id", "case_messages"),
        Index("ix_case_attachments__case", "shop_id", "case_id", "created_at", "id"),
        Index("ix_case_attachments__origin", "shop_id", "origin_case_id"),
        Index("ix_case_attachments__message", "shop_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    )
