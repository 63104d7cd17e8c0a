"""The moves of warranties, claims under them, repairs and appointments."""

from typing import Final

from aftersales_api.warranties import queries
from aftersales_api.warranties import schemas as forms
from aftersales_api.warranties.models import (
    AppointmentRow,
    RegistrationRow,
    RepairRow,
    WarrantyClaimRow,
    WarrantyTransitionRow,
)
from aftersales_api.web.moves import MoveLog

_LOG: Final = MoveLog(queries.transitions_of, WarrantyTransitionRow.at, WarrantyTransitionRow.id)
ROUTERS: Final = (
    _LOG.of(
        "warranties",
        "/v1/warranty-registrations/{registration_id}",
        forms.RegistrationId,
        RegistrationRow,
        "warranties:read",
    ),
    _LOG.of("warranties", "/v1/warranty-claims/{claim_id}", forms.WarrantyClaimId, WarrantyClaimRow, "warranties:read"),
    _LOG.of("repairs", "/v1/repairs/{repair_id}", forms.RepairId, RepairRow, "repairs:read"),
    _LOG.of("appointments", "/v1/appointments/{appointment_id}", forms.AppointmentId, AppointmentRow, "repairs:read"),
)
