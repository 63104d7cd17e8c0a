"""The main time zone of a country: where most of its people live. A fallback for customers whose own zone is unknown."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.local_time import zone_of

# Zones of the IANA database (file zone1970.tab and its links); for countries with several, that of the largest population.
_TABLE: Final = """
AD Europe/Andorra          AE Asia/Dubai                    AL Europe/Tirane           AM Asia/Yerevan
AR America/Argentina/Buenos_Aires                           AT Europe/Vienna           AU Australia/Sydney
AW America/Aruba           AZ Asia/Baku                     BA Europe/Sarajevo         BB America/Barbados
BD Asia/Dhaka              BE Europe/Brussels               BG Europe/Sofia            BH Asia/Bahrain
BO America/La_Paz          BR America/Sao_Paulo             BS America/Nassau          BY Europe/Minsk
BZ America/Belize          CA America/Toronto               CH Europe/Zurich           CL America/Santiago
CN Asia/Shanghai           CO America/Bogota                CR America/Costa_Rica      CU America/Havana
CW America/Curacao         CY Asia/Nicosia                  CZ Europe/Prague           DE Europe/Berlin
DK Europe/Copenhagen       DO America/Santo_Domingo         DZ Africa/Algiers          EC America/Guayaquil
EE Europe/Tallinn          EG Africa/Cairo                  ES Europe/Madrid           FI Europe/Helsinki
FR Europe/Paris            GB Europe/London                 GE Asia/Tbilisi            GF America/Cayenne
GH Africa/Accra            GI Europe/Gibraltar              GP America/Guadeloupe      GR Europe/Athens
GT America/Guatemala       GY America/Guyana                HK Asia/Hong_Kong          HN America/Tegucigalpa
HR Europe/Zagreb           HT America/Port-au-Prince        HU Europe/Budapest         ID Asia/Jakarta
IE Europe/Dublin           IL Asia/Jerusalem                IN Asia/Kolkata            IS Atlantic/Reykjavik
IT Europe/Rome             JM America/Jamaica               JO Asia/Amman              JP Asia/Tokyo
KE Africa/Nairobi          KR Asia/Seoul                    KW Asia/Kuwait             KZ Asia/Almaty
LB Asia/Beirut             LI Europe/Vaduz                  LK Asia/Colombo            LT Europe/Vilnius
LU Europe/Luxembourg       LV Europe/Riga                   MA Africa/Casablanca       MC Europe/Monaco
MD Europe/Chisinau         ME Europe/Podgorica              MK Europe/Skopje           MO Asia/Macau
MQ America/Martinique      MT Europe/Malta                  MX America/Mexico_City     MY Asia/Kuala_Lumpur
NG Africa/Lagos            NI America/Managua               NL Europe/Amsterdam        NO Europe/Oslo
NZ Pacific/Auckland        OM Asia/Muscat                   PA America/Panama          PE America/Lima
PH Asia/Manila             PK Asia/Karachi                  PL Europe/Warsaw           PR America/Puerto_Rico
PT Europe/Lisbon           PY America/Asuncion              QA Asia/Qatar              RE Indian/Reunion
RO Europe/Bucharest        RS Europe/Belgrade               RU Europe/Moscow           SA Asia/Riyadh
SE Europe/Stockholm        SG Asia/Singapore                SI Europe/Ljubljana        SK Europe/Bratislava
SM Europe/San_Marino       SN Africa/Dakar                  SR America/Paramaribo      SV America/El_Salvador
TH Asia/Bangkok            TN Africa/Tunis                  TR Europe/Istanbul         TT America/Port_of_Spain
TW Asia/Taipei             UA Europe/Kyiv                   US America/New_York        UY America/Montevideo
VA Europe/Vatican          VE America/Caracas               VI America/St_Thomas       VN Asia/Ho_Chi_Minh
XK Europe/Belgrade         ZA Africa/Johannesburg
"""
_WORDS: Final = _TABLE.split()
MAIN_ZONES: Final = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))


class ZoneSource(StrEnum):
    """Where a customer's time zone was taken from."""

    CUSTOMER = "customer"
    SHIPPING_COUNTRY = "shipping_country"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class ChosenZone:
    """A time zone and where it was taken from."""

    zone: str
    source: ZoneSource


def main_zone(country: str | None) -> str | None:
    """The main IANA zone of an ISO 3166 alpha-2 country; None when we know none."""
    return MAIN_ZONES.get(country or "")


def choose_zone(stated: str | None, country: str | None, shop_zone: str) -> ChosenZone:
    """The customer's own zone when it is one we know, else the shipping country's main zone, else the shop's."""
    if stated and is_zone(stated):
        return ChosenZone(stated, ZoneSource.CUSTOMER)
    if zone := main_zone(country):
        return ChosenZone(zone, ZoneSource.SHIPPING_COUNTRY)
    return ChosenZone(shop_zone, ZoneSource.SHOP)


def is_zone(name: str) -> bool:
    """Whether the text names an IANA time zone."""
    try:
        zone_of(name)
    except Malformed:
        return False
    return True
