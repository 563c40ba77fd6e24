"""Nothing off this machine is reachable through Python's sockets while the guard is up.

An audit hook (PEP 578) sees every connection and name look-up of this process, whichever library makes it.
A hook cannot be taken back, so it asks `_up` each time. Child processes have hooks of their own: they
inherit dummy credentials instead (see `helpers.backends`).
"""

import ipaddress
import socket
import sys
from functools import lru_cache

from helpers.errors import OffMachineError

_up = False
_hooked = False

# The audit events that carry an address, and where in their arguments it stands.
_ADDRESS_OF = {
    "socket.connect": lambda args: args[1],
    "socket.sendto": lambda args: args[1],
    "socket.sendmsg": lambda args: args[1],
    "socket.getaddrinfo": lambda args: (args[0],),
    "socket.gethostbyname": lambda args: (args[0],),
}


def raise_guard() -> None:
    """From now on, refuse every address that is not on this machine."""
    global _up, _hooked
    _up = True
    if not _hooked:
        sys.addaudithook(_on_event)
        _hooked = True


@lru_cache(maxsize=256)  # every request asks
def is_loopback(host: str | bytes | None) -> bool:
    """Whether a host name or address means this machine; None and "" do, "0.0.0.0" does not."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not host or host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _on_event(event: str, args: tuple) -> None:
    if not _up or event not in _ADDRESS_OF:
        return
    address = _ADDRESS_OF[event](args)
    if address is None or isinstance(address, str | bytes):  # a connected socket, a Unix socket's path
        return
    host = address[0]
    if not is_loopback(host) and host != socket.gethostname():
        shown = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        raise OffMachineError(f"{shown} was not contacted: only this machine can be reached from the course.")
