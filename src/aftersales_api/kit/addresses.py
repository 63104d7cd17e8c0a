"""Which network addresses an outbound call may reach; pure, decided on addresses, never on names.

Sources: the IANA special-purpose address registries, RFC 6890 (special blocks), RFC 6052 (NAT64), RFC 3056 (6to4),
RFC 4380 (Teredo). `ipaddress` alone is not enough: it calls 64:ff9b::7f00:1 and 2002:7f00:1:: global.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_REFUSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8", "fec0::/10", "2001::/32", "2001:db8::/32", "2002::/16",
        "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "5f00::/16", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_METADATA_V4, _METADATA_V6 = IPv4Network("169.254.0.0/16"), IPv6Address("fd00:ec2::254")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")


class NotAHost(ValueError):
    """The text is neither an address in any notation nor a host name."""


def parse_host(host: str) -> Address | None:
    """The address a host part writes, in decimal, octal, hex or short notation too (inet_aton); None for a name.

    A host whose last label is a number must be an address, as browsers hold it; anything else is NotAHost.
    """
    bare = host.removeprefix("[").removesuffix("]")
    if ":" in bare:
        return _parse_v6(bare)
    bare = bare.removesuffix(".")
    labels = bare.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _parse_v4(labels)
    if len(bare) > 253 or not _NAME.fullmatch(bare):
        raise NotAHost(host)
    return None


def _parse_v6(text: str) -> IPv6Address:
    try:
        found = IPv6Address(text)
    except ValueError as malformed:
        raise NotAHost(text) from malformed
    if found.scope_id is not None:
        raise NotAHost(text)
    return found


def _parse_v4(labels: list[str]) -> IPv4Address:
    if len(labels) > 4 or not all(_NUMBER.fullmatch(label) for label in labels):
        raise NotAHost(".".join(labels))
    *heads, tail = (_number(label) for label in labels)
    if any(head > 255 for head in heads) or tail >= 256 ** (4 - len(heads)):
        raise NotAHost(".".join(labels))
    total = tail
    for place, head in enumerate(heads):
        total += head << (8 * (3 - place))
    return IPv4Address(total)


def _number(label: str) -> int:
    if len(label) > 16:
        raise NotAHost(label)
    if label[:2].lower() == "0x":
        return int(label[2:] or "0", 16)
    if len(label) > 1 and label.startswith("0"):
        if not set(label) <= set("01234567"):
            raise NotAHost(label)
        return int(label, 8)
    return int(label)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet; an IPv4 address inside an IPv6 one is taken out and judged."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST or any(address in block for block in _REFUSED_V6):
            return False
    elif any(address in block for block in _REFUSED_V4):
        return False
    return address.is_global and not address.is_multicast


def _is_cloud_metadata(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address in _METADATA_V4 if isinstance(address, IPv4Address) else address == _METADATA_V6


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What outbound calls may reach: the open internet, plus networks and ports an operator opened by hand.

    An opened network is matched against the address as it stands, so opening 127.0.0.0/8 does not open ::ffff:127.0.0.1.
    169.254.0.0/16 and fd00:ec2::254 (cloud metadata) stay closed whatever is opened.
    """

    subnets: tuple[Network, ...] = ()
    ports: tuple[range, ...] = (range(80, 81), range(443, 444), range(8443, 8444))
    https_only: bool = False

    @classmethod
    def opened(cls, subnets: str = "", ports: str = "", *, https_only: bool = False) -> "AddressRules":
        """From comma separated settings: networks `127.0.0.0/8,::1/128`, ports `8025,9000-9999`.

        Opening a network is for development and tests, so plain http is then allowed too.
        """
        networks = tuple(ip_network(part, strict=False) for part in _parts(subnets))
        extra = tuple(_port_range(part) for part in _parts(ports))
        return cls(subnets=networks, ports=(*cls().ports, *extra), https_only=https_only and not networks)

    def allows_port(self, port: int) -> bool:
        return any(port in each for each in self.ports)

    def allows(self, address: Address) -> bool:
        """Whether a call may connect to this address."""
        if _is_cloud_metadata(address):
            return False
        return is_public(address) or any(
            address in network for network in self.subnets if network.version == address.version
        )

    def allows_all(self, addresses: Iterable[str]) -> bool:
        """Whether every address of an answer is allowed: one bad address refuses the name."""
        return all(self.allows(ip_address(each)) for each in addresses)


def _parts(setting: str) -> list[str]:
    return [part.strip() for part in setting.split(",") if part.strip()]


def _port_range(part: str) -> range:
    if part == "*":
        return range(1, 65536)
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)
