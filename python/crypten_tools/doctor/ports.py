"""Whether the addresses on which this machine is to listen can be listened on."""

from __future__ import annotations

import errno
import pathlib
import socket

from crypten_tools.doctor.address import Address
from crypten_tools.doctor.finding import Finding, fail, ok, warn


def outgoing_ports() -> tuple[int, int]:
    """The range from which the kernel takes ports for outgoing connections."""
    try:
        low, high = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
        return int(low), int(high)
    except (OSError, ValueError):
        return 32768, 60999


def check_port(address: Address) -> Finding:
    """Listens for a moment."""
    try:
        family, where = address.resolve()[0]
    except socket.gaierror as problem:
        return fail("port", f"{address}: the host has no address ({problem.strerror})", "correct the name, or add it to the DNS or /etc/hosts")
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gRPC: what the last run left in TIME_WAIT is no obstacle
            probe.bind(where)
            probe.listen()
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            return fail("port", f"{address} is taken by another process", f"`ss -ltnp 'sport = :{address.port}'` names it: stop it, or choose another port")
        if problem.errno == errno.EADDRNOTAVAIL:
            return fail("port", f"{address} is not an address of this machine", "name one of `ip -brief address`, or 0.0.0.0")
        if problem.errno == errno.EACCES:
            return fail("port", f"{address}: ports below 1024 are for root", "choose a port from 1024 on")
        return fail("port", f"{address}: {problem.strerror}", "choose another address")
    low, high = outgoing_ports()
    if low <= address.port <= high:
        return warn("port", f"{address} is free now, but in the range of outgoing connections", f"choose a port below {low}: the kernel may give this one away before the run starts")
    return ok("port", f"{address} is free")
