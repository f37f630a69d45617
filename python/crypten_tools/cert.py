"""crypten-cert: certificates of one run.

A run folder holds a bundle for each party and one for the dealer; a bundle is what one organisation needs and nobody else may have:

    DIR/party-0/   ca.crt  roster.json  party-0.crt  party-0.key
    DIR/party-1/   ca.crt  roster.json  party-1.crt  party-1.key
    DIR/dealer/    ca.crt  roster.json  dealer.crt   dealer.key   master.key

With parties' names and addresses (`crypten-cert init DIR --party alice=alice.example.com:29500 --party bob --dealer dealer.example.com:29510`) the bundles are called
DIR/alice, DIR/bob and DIR/dealer, and each also holds run.toml, by which `crypten-launch --run` joins the run (run_file.py).

Keys are EC P-256 with mode 0600, folders 0700. The authority's key signs these certificates and is then forgotten: no further party can be added to the run.
roster.json pins the SHA-256 of each certificate to its rank. master.key is the dealer's: 16 random bytes.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import re
import secrets
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from crypten_tools.run_file import Member, RunFile, RunFileProblem, check, in_dialling_order, split_address, write


class CertificateProblem(Exception):
    """A run folder that cannot be made or used: what is wrong, and what to do."""

    def __init__(self, what: str, todo: str = "") -> None:
        self.what, self.todo = what, todo
        super().__init__(f"{what}: {todo}" if todo else what)


def party_name(rank: int, run_id: str) -> str:
    """The DNS name in a party's certificate."""
    return f"party-{rank}.{run_id}.crypten"


def dealer_name(run_id: str) -> str:
    """The DNS name in the dealer's certificate."""
    return f"dealer.{run_id}.crypten"


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER encoding, in lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _write(path: pathlib.Path, data: bytes, mode: int) -> None:
    # Created with its final mode: at no moment can others read a key.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


class _Authority:
    def __init__(self, run_id: str, days: float) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        # A peer's clock may be a little behind.
        self._from = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
        self._until = self._from + datetime.timedelta(days=days, minutes=10)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"crypten run {run_id}")])
        self._name = name
        self.certificate = (
            self._builder(name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._from)
            .not_valid_after(self._until)
        )

    def issue(self, dns_name: str) -> tuple[x509.Certificate, bytes]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, dns_name[:64])])
        certificate = (
            self._builder(subject, key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(dns_name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return certificate, pem


def create_run_folder(
    path: os.PathLike | str, world_size: int, days: float = 1, names: list[str] | None = None, run_id: str | None = None, run: RunFile | None = None
) -> str:
    """Makes the bundles of a new run under `path`, which must not exist or be empty. Returns the run id.

    With `run` (its run id and fingerprints are filled in) the parties' bundles bear their names, and run.toml lies in each.
    Raises CertificateProblem: the folder has content, fewer than one party, names that do not fit, a run id that is no DNS label.
    RunFileProblem: what run_file.check() refuses.
    """
    folder = pathlib.Path(path)
    if run is not None:
        names = [party.name for party in run.parties]
    if world_size < 1:
        raise CertificateProblem(f"a run needs at least one party, not {world_size}")
    if names is not None and len(names) != world_size:
        raise CertificateProblem(f"{world_size} parties need {world_size} names, not {len(names)}")
    if folder.exists() and any(folder.iterdir()):
        raise CertificateProblem(f"{folder} is not empty: certificates are never overwritten; choose another folder")
    run_id = run_id or secrets.token_hex(8)
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?", run_id):
        raise CertificateProblem(f"run id {run_id!r} becomes part of DNS names: up to 42 lower-case letters, digits and inner hyphens")
    authority = _Authority(run_id, days)
    issued = {f"party-{rank}": authority.issue(party_name(rank, run_id)) for rank in range(world_size)}
    issued["dealer"] = authority.issue(dealer_name(run_id))
    roster = {
        "run_id": run_id,
        "parties": [
            {"rank": rank, "name": names[rank] if names else f"party-{rank}", "fingerprint": fingerprint(issued[f"party-{rank}"][0])}
            for rank in range(world_size)
        ],
        "dealer": {"fingerprint": fingerprint(issued["dealer"][0])},
    }
    run_text = None
    if run is not None:
        members = tuple(dataclasses.replace(party, fingerprint=fingerprint(issued[f"party-{rank}"][0])) for rank, party in enumerate(run.parties))
        run_text = write(check(RunFile(run_id, members, run.dealers, fingerprint(issued["dealer"][0]))))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    called = {f"party-{rank}": party.name for rank, party in enumerate(run.parties)} if run is not None else {}
    for name, (certificate, key) in issued.items():
        bundle = folder / called.get(name, name)
        bundle.mkdir(mode=0o700)
        _write(bundle / "ca.crt", authority.certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        _write(bundle / "roster.json", json.dumps(roster, indent=1).encode(), 0o644)
        _write(bundle / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        _write(bundle / f"{name}.key", key, 0o600)
        if run_text is not None:
            _write(bundle / "run.toml", run_text.encode(), 0o644)
    _write(folder / "dealer" / "master.key", secrets.token_bytes(16), 0o600)
    return run_id


def check_bundle(path: os.PathLike | str) -> str:
    """Checks one bundle as a session would: key and its mode, authority, roster, dates. Returns a line that says whose it is and how long it is valid.

    Raises CertificateProblem naming the file and what to do.
    """
    bundle = pathlib.Path(path)
    try:
        keys = sorted(bundle / name for name in os.listdir(bundle) if name.endswith(".key") and name != "master.key")
    except OSError as problem:
        raise CertificateProblem(f"{bundle} cannot be read ({problem.strerror})", "name a bundle that `crypten-cert init` made and that this user owns") from problem
    if len(keys) != 1:
        raise CertificateProblem(f"{bundle} holds {len(keys)} private keys; a bundle holds one", "pass one of the folders that `crypten-cert init` made")
    name = keys[0].stem
    try:
        if keys[0].stat().st_mode & 0o077:
            raise CertificateProblem(f"{keys[0]} may be read by others", f"chmod 600 {keys[0]}")
        authority = x509.load_pem_x509_certificate((bundle / "ca.crt").read_bytes())
        certificate = x509.load_pem_x509_certificate((bundle / f"{name}.crt").read_bytes())
        key = serialization.load_pem_private_key(keys[0].read_bytes(), password=None)
        roster = json.loads((bundle / "roster.json").read_text())
        pinned = roster["dealer"]["fingerprint"] if name == "dealer" else roster["parties"][int(name.removeprefix("party-"))]["fingerprint"]
    except PermissionError as problem:
        raise CertificateProblem(f"{problem.filename} may not be read by this user", "run as its owner, or give the bundle to this user (chown)") from problem
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise CertificateProblem(f"{bundle} is incomplete or damaged ({type(problem).__name__}: {problem})", "make the run folder again") from problem
    if key.public_key() != certificate.public_key():
        raise CertificateProblem(f"{keys[0]} belongs to another certificate than {name}.crt", "copy the bundle again, whole")
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception as problem:
        raise CertificateProblem(f"{bundle / (name + '.crt')} was not issued by the authority in ca.crt", "use the files of one run folder") from problem
    if pinned != fingerprint(certificate):
        raise CertificateProblem(f"roster.json pins another certificate for {name}: the files come from different runs", "use the files of one run folder")
    expected = dealer_name(roster["run_id"]) if name == "dealer" else party_name(int(name.removeprefix("party-")), roster["run_id"])
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    if expected not in names:
        raise CertificateProblem(f"{name}.crt is not made out to {expected}", "use the files of one run folder")
    now = datetime.datetime.now(datetime.timezone.utc)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise CertificateProblem(
            f"{name}.crt is valid from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} to {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC, and now is {now:%Y-%m-%d %H:%M}",
            "make a new run folder, or set the clock",
        )
    left = certificate.not_valid_after_utc - now
    return f"{name} of run {roster['run_id']}: valid for {left.days} days and {left.seconds // 3600} hours"


def _run_file(options: argparse.Namespace) -> RunFile:
    """From --party name=host:port or name, and --dealer."""
    parties = []
    for text in options.party:
        name, equals, address = text.partition("=")
        parties.append(Member(name, address if equals else None))
    for address in [*(party.address for party in parties if party.address is not None), *options.dealer]:
        split_address(address)
    return RunFile("", in_dialling_order(parties), tuple(options.dealer), "")


def _init(options: argparse.Namespace) -> None:
    if not options.party:
        if options.parties is None or options.dealer:
            raise CertificateProblem("nobody is named", "pass --party NAME=HOST:PORT for each party, or only -n for a run on one machine")
        run_id = create_run_folder(options.folder, options.parties, options.days, options.names.split(",") if options.names else None)
        print(f"run {run_id}: give each party its folder party-<rank>, and the dealer's operator the folder dealer, under {options.folder}")
        return
    if options.names or options.parties not in (None, len(options.party)):
        raise CertificateProblem("--party names and counts the parties", "leave -n and --names away")
    run = _run_file(options)
    run_id = create_run_folder(options.folder, len(run.parties), options.days, run=run)
    print(f"run {run_id}. Give each member its folder, over a channel that nobody else reads:")
    for rank, party in enumerate(run.parties):
        print(f"    {options.folder}/{party.name}   rank {rank}, {'reached at ' + party.address if party.address else 'dials out, is not reached'}")
    print(f"    {options.folder}/dealer   reached at {', '.join(run.dealers)}")
    print(f"Then delete {options.folder} here: it holds the keys of all. Each starts `crypten-launch --run FOLDER/run.toml program`, the dealer without a program.")


def main(arguments: list[str] | None = None) -> int:
    """The program `crypten-cert`."""
    parser = argparse.ArgumentParser(prog="crypten-cert", description="Certificates of one run: a bundle for each party and for the dealer.")
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="make a run folder")
    init.add_argument("folder")
    init.add_argument("-n", "--parties", type=int, help="how many parties, for a run on one machine")
    init.add_argument("--party", action="append", default=[], metavar="NAME=HOST:PORT", help="a party and where the others reach it; NAME alone: it only dials out, as behind a NAT (one party at most)")
    init.add_argument("--dealer", action="append", default=[], metavar="HOST:PORT", help="where the dealer is reached; more than one: replicas, in the order in which they are tried")
    init.add_argument("--days", type=float, default=365, help="how long the certificates are valid (default: 365)")
    init.add_argument("--names", help="names of the parties, with commas between")
    check = commands.add_parser("check", help="check bundles")
    check.add_argument("bundle", nargs="+")
    options = parser.parse_args(arguments)
    try:
        if options.command == "init":
            _init(options)
        else:
            for bundle in options.bundle:
                print(check_bundle(bundle))
    except (CertificateProblem, RunFileProblem, OSError) as problem:
        print(f"crypten-cert: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
