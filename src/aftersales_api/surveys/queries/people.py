"""What becomes of surveys when two customers turn out to be one."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from aftersales_api.infra.db import Session
from aftersales_api.surveys.models import InvitationRow, ResponseRow


async def move_to_customer(tx: Session, old_id: UUID, new_id: UUID) -> None:
    """Invitations and responses of a merged customer go on under the surviving one; what he was asked himself stays first."""
    other = aliased(InvitationRow)
    taken = (
        select(InvitationRow.id)
        .where(InvitationRow.customer_id == old_id)
        .where(
            select(other.id)
            .where(
                other.customer_id == new_id,
                other.survey_id == InvitationRow.survey_id,
                other.subject_type == InvitationRow.subject_type,
                other.subject_id == InvitationRow.subject_id,
                other.wave == InvitationRow.wave,
            )
            .exists()
        )
    )
    await tx.execute(
        update(InvitationRow)
        .where(InvitationRow.customer_id == old_id, InvitationRow.id.not_in(taken))
        .values(customer_id=new_id, version=InvitationRow.version + 1)
        .execution_options(synchronize_session=False)
    )
    await tx.execute(
        update(ResponseRow)
        .where(
            ResponseRow.customer_id == old_id,
            ResponseRow.invitation_id.in_(select(InvitationRow.id).where(InvitationRow.customer_id == new_id)),
        )
        .values(customer_id=new_id, version=ResponseRow.version + 1)
        .execution_options(synchronize_session=False)
    )
