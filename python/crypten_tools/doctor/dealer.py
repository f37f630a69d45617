"""Whether the dealer can be reached with the certificates of this run, and if not, which of the usual causes it is."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import pathlib
import socket
import ssl

from crypten_tools.cert import dealer_name
from crypten_tools.doctor.address import Address
from crypten_tools.doctor.finding import Finding, fail, ok

# OpenSSL's X509_V_ERR_ numbers.
NOT_YET_VALID, EXPIRED, NAME_MISMATCH = 9, 10, 62
_IDENTITY = "start the dealer with the bundle `dealer` of this very run folder, and check the address"


@dataclasses.dataclass(frozen=True)
class Bundle:
    """What a client needs of a bundle: paths, and the dealer's name and fingerprint by the roster."""

    authority: str
    certificate: str
    key: str
    dealer: str
    fingerprint: str

    @staticmethod
    def read(folder: pathlib.Path) -> Bundle:
        """Raises OSError, ValueError, LookupError: no usable bundle."""
        (key,) = (path for path in folder.glob("*.key") if path.name != "master.key")
        roster = json.loads((folder / "roster.json").read_text())
        return Bundle(str(folder / "ca.crt"), str(key.with_suffix(".crt")), str(key), dealer_name(roster["run_id"]), roster["dealer"]["fingerprint"])


def check_connection(address: Address, timeout: float) -> Finding | socket.socket:
    """A TCP connection, or what is in its way."""
    try:
        candidates = address.resolve()
    except socket.gaierror as problem:
        return fail("dealer", f"{address}: DNS: the host has no address ({problem.strerror})", "correct the name in CRYPTEN_DEALER, or add it to the DNS or /etc/hosts")
    last: OSError = OSError("no address")
    for family, where in candidates:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        try:
            connection.connect(where)
            return connection
        except OSError as problem:
            connection.close()
            last = problem
    if isinstance(last, ConnectionRefusedError):
        return fail("dealer", f"{address}: refused: the machine is there, and nothing listens on this port", "start the dealer: crypten-dealer --listen HOST:PORT --run-folder DIR/dealer --master-key DIR/dealer/master.key")
    if isinstance(last, TimeoutError):
        return fail("dealer", f"{address}: filtered: no answer within {timeout:g} s", "open the port in the firewalls between, or correct the address: a machine without a dealer would have refused")
    if last.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return fail("dealer", f"{address}: no route: {last.strerror}", "check address, network and VPN")
    return fail("dealer", f"{address}: {last.strerror or last}", "check address and network")


def _tls_context(bundle: Bundle) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle.authority)
    context.load_cert_chain(bundle.certificate, bundle.key)
    context.set_alpn_protocols(["h2"])
    return context


def _refused(address: Address, problem: ssl.SSLCertVerificationError, bundle: Bundle) -> Finding:
    if problem.verify_code == NOT_YET_VALID:
        return fail("dealer", f"{address}: clock: its certificate is not valid yet by this machine's clock", "set this machine's clock (timedatectl)")
    if problem.verify_code == EXPIRED:
        return fail("dealer", f"{address}: clock or date: its certificate has expired by this machine's clock", "set this machine's clock (timedatectl), or make a new run folder with `crypten-cert init`")
    if problem.verify_code == NAME_MISMATCH:
        return fail("dealer", f"{address}: TLS identity: the certificate there is not made out to {bundle.dealer}", _IDENTITY)
    return fail("dealer", f"{address}: TLS identity: the certificate there is of another run ({problem.verify_message})", _IDENTITY)


def check_dealer(address: Address, folder: pathlib.Path, timeout: float = 5.0) -> Finding:
    """Connects as a party would: TCP, TLS with this bundle, and the first words of the dealer's HTTP/2, which it says only to whom it accepts."""
    connection = check_connection(address, timeout)
    if isinstance(connection, Finding):
        return connection
    try:
        bundle = Bundle.read(folder)
        context = _tls_context(bundle)
    except (OSError, ValueError, LookupError) as problem:
        connection.close()
        return fail("dealer", f"{address} listens; no TLS without a usable bundle ({type(problem).__name__})", f"see the lines about certificates; `crypten-cert check {folder}`")
    try:
        with context.wrap_socket(connection, server_hostname=bundle.dealer) as secured:
            if hashlib.sha256(secured.getpeercert(binary_form=True)).hexdigest() != bundle.fingerprint:
                return fail("dealer", f"{address}: TLS identity: the roster pins another certificate to the dealer", _IDENTITY)
            # With TLS 1.3 a server refuses a client's certificate after the client thinks that all is well.
            if not secured.recv(1):
                return fail("dealer", f"{address}: TLS identity: it closes the connection: this bundle's certificate is not accepted", "use the bundles of one run folder, and check both machines' clocks")
    except ssl.SSLCertVerificationError as problem:
        return _refused(address, problem, bundle)
    except TimeoutError:
        return fail("dealer", f"{address}: it accepts connections and says nothing for {timeout:g} s", "look at what listens there: it is no dealer, or one that is stopped")
    except ssl.SSLError as problem:
        if "ALERT" in (problem.reason or ""):
            return fail("dealer", f"{address}: TLS identity: it refuses this bundle's certificate ({problem.reason})", "use the bundles of one run folder, and check both machines' clocks")
        return fail("dealer", f"{address}: what listens there speaks no TLS ({problem.reason})", "check the port; a dealer started with --insecure-plaintext serves no run with certificates")
    except OSError as problem:
        return fail("dealer", f"{address}: it breaks the connection off during TLS ({problem.strerror or problem})", "look at the dealer's output; use the bundles of one run folder")
    return ok("dealer", f"{address} answers as {bundle.dealer}")
