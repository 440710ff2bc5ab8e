"""A Python that starts with this folder in PYTHONPATH reaches no other machine, and tells which it wanted to reach.

`conftest.py` puts the same guard around every test; what a test starts gets it from the fixture `offline`.
"""

import ipaddress
import os
import socket

NEAR = {None, "", "localhost", socket.gethostname()}


def near(host: object) -> bool:
    """Whether `host` is this machine: its own name, or an address of the loopback."""
    host = host.decode() if isinstance(host, bytes) else host
    try:
        return host in NEAR or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guard(place: object, name: str) -> None:
    """Let `place.name` through to this machine only; what else it is asked for stands in `socket.WANTED`."""
    real = getattr(place, name)

    def guarded(*arguments, **options):
        address = arguments[1] if place is socket.socket else (options.get("host", arguments[0]),)
        if isinstance(address, tuple) and not near(address[0]):
            socket.WANTED.append(f"{name} {address[0]}")
            if os.environ.get("SMM_WANTED"):
                with open(os.environ["SMM_WANTED"], "a", encoding="utf-8") as file:
                    file.write(f"{socket.WANTED[-1]}\n")
            raise OSError(f"no network in the tests: {socket.WANTED[-1]}")
        return real(*arguments, **options)

    setattr(place, name, guarded)


if not hasattr(socket, "WANTED"):
    socket.WANTED = []
    guard(socket.socket, "connect")
    guard(socket.socket, "connect_ex")
    guard(socket, "getaddrinfo")
    guard(socket, "gethostbyname")
