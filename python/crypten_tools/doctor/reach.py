"""Whether the dealer or another party can be reached with the certificates of this run, and if not, which of the usual causes it is."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import pathlib
import socket
import ssl

from crypten_tools.doctor.address import Address
from crypten_tools.doctor.finding import Finding, fail, ok

DEALER = "dealer"
# OpenSSL's X509_V_ERR_ numbers.
NOT_YET_VALID, EXPIRED = 9, 10
_CORRECT = "correct the name in run.toml, CRYPTEN_ADDRESSES or CRYPTEN_DEALER, or add it to the DNS or /etc/hosts"
_START = {
    DEALER: "start the dealer: crypten-launch --run dealer/run.toml, or crypten-dealer --listen HOST:PORT --run-folder DIR/dealer --master-key DIR/dealer/master.key",
    "peer": "a party listens while its program runs and waits for the others: have it started, and look again",
}
_IDENTITY = "have it started with its bundle of this very run folder, and check the address"


@dataclasses.dataclass(frozen=True)
class Bundle:
    """What a client needs of a bundle: paths, and by the roster whose certificate has which fingerprint. Members are "dealer" and "rank 0 (alice)"."""

    authority: str
    certificate: str
    key: str
    members: dict[str, str]
    own: str

    @staticmethod
    def read(folder: pathlib.Path) -> Bundle:
        """Raises OSError, ValueError, LookupError, TypeError: no usable bundle."""
        (key,) = (path for path in folder.glob("*.key") if path.name != "master.key")
        roster = json.loads((folder / "roster.json").read_text())
        members = {party["fingerprint"]: f"rank {rank} ({party['name']})" for rank, party in enumerate(roster["parties"])}
        owner = DEALER if key.stem == DEALER else members[roster["parties"][int(key.stem.removeprefix("party-"))]["fingerprint"]]
        return Bundle(str(folder / "ca.crt"), str(key.with_suffix(".crt")), str(key), members | {roster["dealer"]["fingerprint"]: DEALER}, owner)


def check_connection(subject: str, address: Address, timeout: float) -> Finding | socket.socket:
    """A TCP connection, or what is in its way."""
    try:
        candidates = address.resolve()
    except socket.gaierror as problem:
        return fail(subject, f"{address}: DNS: the host has no address ({problem.strerror})", _CORRECT)
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
        return fail(subject, f"{address}: refused: the machine is there, and nothing listens on this port", _START[subject])
    if isinstance(last, TimeoutError):
        return fail(subject, f"{address}: filtered: no answer within {timeout:g} s", "open the port in the firewalls between, or correct the address: a machine where nothing listens would have refused")
    if last.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return fail(subject, f"{address}: no route: {last.strerror}", "check address, network and VPN")
    return fail(subject, f"{address}: {last.strerror or last}", "check address and network")


def _tls_context(bundle: Bundle) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle.authority)
    context.load_cert_chain(bundle.certificate, bundle.key)
    context.set_alpn_protocols(["h2"])
    context.check_hostname = False  # the roster's pins say more than names, and tell who answers instead
    return context


def _refused(subject: str, address: Address, problem: ssl.SSLCertVerificationError) -> Finding:
    if problem.verify_code == NOT_YET_VALID:
        return fail(subject, f"{address}: clock: its certificate is not valid yet by this machine's clock", "set this machine's clock (timedatectl)")
    if problem.verify_code == EXPIRED:
        return fail(subject, f"{address}: clock or date: its certificate has expired by this machine's clock", "set this machine's clock (timedatectl), or make a new run folder with `crypten-cert init`")
    return fail(subject, f"{address}: TLS identity: the certificate there is of another run ({problem.verify_message})", _IDENTITY)


def _identity(subject: str, address: Address, bundle: Bundle, certificate: bytes, expected: str | None) -> Finding | str:
    """Who answers, if it is who should: the dealer for "dealer"; for a peer `expected`, or any other party."""
    who = bundle.members.get(hashlib.sha256(certificate).hexdigest())
    if who is None:
        return fail(subject, f"{address}: TLS identity: the roster pins another certificate to the {subject}", _IDENTITY)
    if who == bundle.own:
        return fail(subject, f"{address}: TLS identity: this bundle's own certificate answers", "check the address: it leads back to this machine, or the other one has got this bundle")
    if expected is not None and who != expected or expected is None and who == DEALER:
        return fail(subject, f"{address}: TLS identity: {who} answers, not {expected or 'a party'}", "check the addresses: two are mixed up")
    return who


def _version(subject: str, address: Address, folder: pathlib.Path, who: str, timeout: float) -> Finding:
    """Last of all: whether the other one runs the same version, which it says to whoever has a certificate of the run."""
    try:
        from crypten_cpp import _C as library
    except ImportError:  # a finding of its own
        return ok(subject, f"{address} answers as {who}; its version was not compared, since the library cannot be loaded here")
    if not library.with_grpc:
        return ok(subject, f"{address} answers as {who}; its version was not compared, since this library was built without gRPC")
    own = (library.__version__, library.protocol_revision)
    rank = None if who == DEALER else int(who.split()[1])
    try:
        other = library.version_at(str(address), str(folder), rank, timeout)
    except Exception as problem:  # noqa: BLE001: whatever the library says is the finding
        return fail(subject, f"{address} answers as {who}, and then: {str(problem).splitlines()[0]}", f"look at the {subject}'s output")
    if other == own:
        return ok(subject, f"{address} answers as {who}, version {own[0]}, protocol revision {own[1]}, as here")
    said = f"{other[0]}, protocol revision {other[1]}" if other else "one that does not say its version"
    return fail(subject, f"{address}: version: {who} runs {said}; here it is {own[0]}, protocol revision {own[1]}", "install the same version on all machines")


def check_reach(subject: str, address: Address, folder: pathlib.Path, timeout: float = 5.0, expected: str | None = None) -> Finding:
    """Whether who should answer at `address` does, with the same version.

    `subject` is "dealer" or "peer"; `expected`: which member should answer, as Bundle.members names it (default: the dealer; for a peer any other party).
    """
    who = who_answers(subject, address, folder, timeout, expected)
    return who if isinstance(who, Finding) else _version(subject, address, folder, who, timeout)


def who_answers(subject: str, address: Address, folder: pathlib.Path, timeout: float = 5.0, expected: str | None = None) -> Finding | str:
    """Connects as a party would: TCP, TLS with this bundle, and the first words of the other's HTTP/2, which it says only to whom it accepts."""
    connection = check_connection(subject, address, timeout)
    if isinstance(connection, Finding):
        return connection
    try:
        bundle = Bundle.read(folder)
        context = _tls_context(bundle)
    except (OSError, ValueError, LookupError, TypeError) as problem:
        connection.close()
        return fail(subject, f"{address} listens; no TLS without a usable bundle ({type(problem).__name__})", f"see the lines about certificates; `crypten-cert check {folder}`")
    try:
        with context.wrap_socket(connection) as secured:
            who = _identity(subject, address, bundle, secured.getpeercert(binary_form=True) or b"", DEALER if subject == DEALER else expected)
            if isinstance(who, Finding):
                return who
            # With TLS 1.3 a server refuses a client's certificate after the client thinks that all is well.
            if not secured.recv(1):
                return fail(subject, f"{address}: TLS identity: it closes the connection: this bundle's certificate is not accepted", "use the bundles of one run folder, and check both machines' clocks")
    except ssl.SSLCertVerificationError as problem:
        return _refused(subject, address, problem)
    except TimeoutError:
        return fail(subject, f"{address}: it accepts connections and says nothing for {timeout:g} s", f"look at what listens there: it is no {subject}, or one that is stopped")
    except ssl.SSLError as problem:
        if "ALERT" in (problem.reason or ""):
            return fail(subject, f"{address}: TLS identity: it refuses this bundle's certificate ({problem.reason})", "use the bundles of one run folder, and check both machines' clocks")
        return fail(subject, f"{address}: what listens there speaks no TLS ({problem.reason})", f"check the port; a {subject} started with insecure plaintext serves no run with certificates")
    except OSError as problem:
        return fail(subject, f"{address}: it breaks the connection off during TLS ({problem.strerror or problem})", f"look at the {subject}'s output; use the bundles of one run folder")
    return who
