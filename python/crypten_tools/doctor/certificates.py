"""A folder of certificates: one bundle, as a party has it, or the run folder with all bundles."""

from __future__ import annotations

import datetime
import os
import pathlib
import stat
from collections.abc import Iterator

from cryptography import x509

from crypten_tools.cert import CertificateProblem, check_bundle
from crypten_tools.doctor.finding import Finding, fail, ok, warn

REMAKE = "make a new run folder with `crypten-cert init`, and give every party its bundle"


def bundles(folder: pathlib.Path) -> list[pathlib.Path]:
    """The folder itself if it has a certificate, else its sub-folders that have one. Raises OSError."""
    names = sorted(entry.name for entry in os.scandir(folder))
    if "ca.crt" in names or any(name.endswith(".key") for name in names):
        return [folder]
    return [folder / name for name in names if (folder / name).is_dir() and (name == "dealer" or name.startswith("party-") or (folder / name / "run.toml").exists())]


def owner(bundle: pathlib.Path) -> str | None:
    """party-<rank> or dealer; None: no private key, or several."""
    names = [path.stem for path in bundle.glob("*.key") if path.name != "master.key"]
    return names[0] if len(names) == 1 else None


def check_time_left(name: str, until: datetime.datetime, since: datetime.datetime, now: datetime.datetime) -> Finding | None:
    """A warning 30 days before the end, or in the last tenth of a shorter life."""
    left = until - now
    if left > min(datetime.timedelta(days=30), (until - since) / 10):
        return None
    return warn("certificates", f"{name}.crt ends in {left.days} days and {left.seconds // 3600} hours", REMAKE)


def check_master_key(path: pathlib.Path) -> Iterator[Finding]:
    """The file from which the dealer derives everything; its content is not read."""
    if not path.exists():
        yield fail("certificates", f"there is no {path}", f"crypten-dealer --create-master-key {path}")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield fail("certificates", f"{path} may be read by others", f"chmod 600 {path}")
    elif path.stat().st_size != 16:
        yield fail("certificates", f"{path} has {path.stat().st_size} bytes, not 16", f"remove it, and crypten-dealer --create-master-key {path}")


def check_one(bundle: pathlib.Path) -> Iterator[Finding]:
    try:
        facts = check_bundle(bundle)
    except CertificateProblem as problem:
        yield fail("certificates", problem.what, problem.todo or REMAKE)
        return
    yield ok("certificates", facts)
    if stat.S_IMODE(bundle.stat().st_mode) & 0o022:
        yield fail("certificates", f"{bundle} may be written by others, who can put their own files there", f"chmod 700 {bundle}")
    if (bundle / "dealer.key").exists():
        yield from check_master_key(bundle / "master.key")
    name = owner(bundle)
    certificate = x509.load_pem_x509_certificate((bundle / f"{name}.crt").read_bytes())
    soon = check_time_left(name, certificate.not_valid_after_utc, certificate.not_valid_before_utc, datetime.datetime.now(datetime.timezone.utc))
    if soon:
        yield soon


def check_certificates(folder: pathlib.Path, rank: int | None = None) -> Iterator[Finding]:
    """Every bundle under the folder; with a rank, whether it is that party's."""
    try:
        found = bundles(folder)
    except FileNotFoundError:
        yield fail("certificates", f"there is no folder {folder}", "correct CRYPTEN_RUN_FOLDER or --run-folder, or make it with `crypten-cert init`")
        return
    except NotADirectoryError:
        yield fail("certificates", f"{folder} is not a folder", "name the folder that holds ca.crt")
        return
    except PermissionError:
        yield fail("certificates", f"{folder} may not be read by this user", "run as its owner, or give the folder to this user (chown); its mode stays 700")
        return
    if not found:
        yield fail("certificates", f"{folder} holds no bundle", "name a folder that `crypten-cert init` made")
    for bundle in found:
        yield from check_one(bundle)
    if rank is not None and len(found) == 1 and owner(found[0]) not in (None, f"party-{rank}"):
        yield fail("certificates", f"RANK is {rank}, and the bundle is that of {owner(found[0])}", "set RANK or CRYPTEN_RUN_FOLDER so that they fit")
    if rank is not None and len(found) > 1:
        yield warn("certificates", f"{folder} holds the keys of {len(found)} members", "give each member its own bundle only, and name that one in CRYPTEN_RUN_FOLDER")
