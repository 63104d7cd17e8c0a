"""Cases with who their customer is and what they lived with the shop, in the answer itself."""

from collections.abc import Sequence
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.queries import context as questions
from aftersales_api.cases.schemas.context import CaseAnswer
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound


async def answer(tx: Session, case: CaseRow) -> CaseAnswer:
    """The case with its customer's context; a case of nobody has none."""
    return await read(tx, case.id)


async def read(tx: Session, case_id: UUID) -> CaseAnswer:
    """A case as it stands, with its customer's context."""
    found = await questions.documents(tx, [case_id])
    if not found:
        raise NotFound
    return CaseAnswer.of_document(found[0])


async def answers(tx: Session, cases: Sequence[CaseRow]) -> list[CaseAnswer]:
    """Each of these cases with its customer's context, by as many statements as for one."""
    return [CaseAnswer.of_document(each) for each in await questions.documents(tx, [case.id for case in cases])]
