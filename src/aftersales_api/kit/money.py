"""Money as whole minor units with an ISO 4217 currency; no float and no bare int ever stands for money."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from functools import lru_cache
from typing import Final

from aftersales_api.kit.errors import AppError, FieldProblem

# ISO 4217 list one (2024 edition): currencies whose minor unit is not two digits.
_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),  # noqa: SIM905 - read as words
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),  # noqa: SIM905 - the same
    **dict.fromkeys("CLF UYW".split(), 4),  # noqa: SIM905 - the same
}
CURRENCIES: Final = frozenset(
    (  # noqa: SIM905 - the same
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
        "CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
        "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL "
        "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON "
        "RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH "
        "UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
    ).split()
)
_AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?")
LARGEST_MINOR: Final = 2**63 - 1
_EXACT: Final = Context(prec=60, traps=[InvalidOperation, Overflow, Inexact])


class AmountScale(AppError):
    status, code = 422, "amount_scale"

    def __init__(self, currency: str, pointer: str = "/body") -> None:
        digits = exponent(currency)
        detail = f"An amount in {currency} has exactly {digits} decimals."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),), currency=currency, decimals=digits)


class UnknownCurrency(AppError):
    status, code = 422, "unknown_currency"

    def __init__(self, pointer: str = "/body") -> None:
        detail = "The currency is not an ISO 4217 code."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),))


def exponent(currency: str) -> int:
    """How many decimals the currency has (ISO 4217): EUR 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


@lru_cache(maxsize=8_192)
def amount_text(minor: int, currency: str) -> str:
    """The decimal string of an amount in minor units; the same few amounts are shown over and over."""
    digits = exponent(currency)
    sign, whole = ("-" if minor < 0 else ""), str(abs(minor)).rjust(digits + 1, "0")
    return f"{sign}{whole}" if digits == 0 else f"{sign}{whole[:-digits]}.{whole[-digits:]}"


def half_up(amount: int, part: int, whole: int) -> int:
    """amount * part / whole in whole minor units, halves up; exact integers throughout."""
    return (2 * amount * part + whole) // (2 * whole)


def maybe_shown(minor: int | None, currency: str | None) -> dict[str, str] | None:
    """Money as it stands in JSON, or None where either half is missing."""
    return None if minor is None or currency is None else {"amount": amount_text(minor, currency), "currency": currency}


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `minor` units (cents, yen, fils) of `currency`."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """From a decimal string with exactly the currency's decimals; anything else is refused (422)."""
        if currency not in CURRENCIES:
            raise UnknownCurrency
        if not _AMOUNT.fullmatch(text) or len(text.partition(".")[2]) != exponent(currency):
            raise AmountScale(currency)
        return cls(int(text.replace(".", "")), currency)

    @classmethod
    def tolerant(cls, value: str | int | Decimal, currency: str) -> "Money":
        """From a vendor's decimal ("10", "10.5", "10.500"); refused when it holds a fraction of a minor unit that is not zero."""
        if currency not in CURRENCIES:
            raise UnknownCurrency
        try:
            scaled = _EXACT.scaleb(Decimal(value), exponent(currency))
            if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > LARGEST_MINOR:
                raise AmountScale(currency)
        except DecimalException as unreadable:
            raise AmountScale(currency) from unreadable
        return cls(int(scaled), currency)

    @property
    def text(self) -> str:
        """The decimal string with exactly the currency's decimals: "12.50", "1250" for JPY."""
        return amount_text(self.minor, self.currency)

    @property
    def shown(self) -> dict[str, str]:
        """Money as it stands in JSON: `{"amount": "12.50", "currency": "EUR"}`."""
        return {"amount": self.text, "currency": self.currency}

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Share by weight; the odd cents go to the largest remainders (ties: the earlier), so none vanish."""
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights are not negative and add up to more than zero")
        sign, whole = (-1 if self.minor < 0 else 1), abs(self.minor)
        shares = [divmod(whole * weight, total) for weight in weights]
        missing = whole - sum(share for share, _ in shares)
        ranked = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))
        lucky = set(ranked[:missing])
        return [Money(sign * (share + (index in lucky)), self.currency) for index, (share, _) in enumerate(shares)]

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added")
        return other.minor
