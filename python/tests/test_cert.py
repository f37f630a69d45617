import json
import stat
import sys

import pytest
from cryptography import x509

from crypten_tools import cert


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "run"
    cert.create_run_folder(folder, 3, names=["alice", "bob", "carol"])
    return folder


def test_bundles_hold_only_what_their_owner_needs(run_folder):
    for name in ("party-0", "party-1", "party-2"):
        assert sorted(p.name for p in (run_folder / name).iterdir()) == sorted(["ca.crt", "roster.json", f"{name}.crt", f"{name}.key"])
    assert (run_folder / "dealer" / "master.key").stat().st_size == 16  # what crypten-dealer reads


def test_modes(run_folder):
    assert stat.S_IMODE(run_folder.stat().st_mode) == 0o700
    for key in run_folder.rglob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_authoritys_key_is_nowhere(run_folder):
    keys = [p.name for p in run_folder.rglob("*.key")]
    assert sorted(keys) == ["dealer.key", "master.key", "party-0.key", "party-1.key", "party-2.key"]


def test_roster_pins_every_certificate(run_folder):
    roster = json.loads((run_folder / "party-1" / "roster.json").read_text())
    assert [p["name"] for p in roster["parties"]] == ["alice", "bob", "carol"]
    for party in roster["parties"]:
        name = f"party-{party['rank']}"
        certificate = x509.load_pem_x509_certificate((run_folder / name / f"{name}.crt").read_bytes())
        assert cert.fingerprint(certificate) == party["fingerprint"]
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
        assert names == [cert.party_name(party["rank"], roster["run_id"])]


def test_check_accepts_what_init_made(run_folder):
    for bundle in ("party-0", "party-1", "party-2", "dealer"):
        assert bundle in cert.check_bundle(run_folder / bundle)


def test_check_names_each_defect(tmp_path):
    cert.create_run_folder(tmp_path / "a", 1)
    cert.create_run_folder(tmp_path / "b", 1)
    ours, theirs = tmp_path / "a" / "party-0", tmp_path / "b" / "party-0"

    def refused(match):
        with pytest.raises(cert.CertificateProblem, match=match):
            cert.check_bundle(ours)

    key = (ours / "party-0.key").read_bytes()
    (ours / "party-0.key").chmod(0o640)
    refused("may be read by others")
    (ours / "party-0.key").chmod(0o600)
    (ours / "party-0.key").write_bytes((theirs / "party-0.key").read_bytes())
    refused("another certificate")
    (ours / "party-0.key").write_bytes(key)
    authority = (ours / "ca.crt").read_bytes()
    (ours / "ca.crt").write_bytes((theirs / "ca.crt").read_bytes())
    refused("authority")
    (ours / "ca.crt").write_bytes(authority)
    roster = (ours / "roster.json").read_bytes()
    (ours / "roster.json").write_bytes((theirs / "roster.json").read_bytes())
    refused("pins another certificate")
    (ours / "roster.json").write_bytes(b"{")
    refused("incomplete or damaged")
    renamed = json.loads(roster) | {"run_id": "another"}
    (ours / "roster.json").write_text(json.dumps(renamed))
    refused("is not made out to party-0.another.crypten")
    (ours / "roster.json").write_bytes(roster)
    cert.check_bundle(ours)


def test_check_refuses_expired_certificates(tmp_path):
    cert.create_run_folder(tmp_path / "old", 1, days=-6 / 24 / 60)  # valid for four minutes from five minutes ago
    with pytest.raises(cert.CertificateProblem, match="is valid from"):
        cert.check_bundle(tmp_path / "old" / "party-0")


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine").write_text("")
    with pytest.raises(cert.CertificateProblem, match="not empty"):
        cert.create_run_folder(tmp_path, 2)


@pytest.mark.parametrize("run_id", ["", "Upper", "a.b", "-a", "a-", "x" * 43, "a/b"])
def test_run_ids_are_dns_labels(tmp_path, run_id):
    if run_id == "":
        assert cert.create_run_folder(tmp_path / "run", 1, run_id=run_id)  # empty: a random one
        return
    with pytest.raises(cert.CertificateProblem, match="DNS"):
        cert.create_run_folder(tmp_path / "run", 1, run_id=run_id)


def test_program(tmp_path, capsys):
    assert cert.main(["init", str(tmp_path / "run"), "-n", "2", "--days", "2"]) == 0
    assert "run " in capsys.readouterr().out
    assert cert.main(["check", str(tmp_path / "run" / "party-1")]) == 0
    assert "valid for 2 days" in capsys.readouterr().out
    assert cert.main(["check", str(tmp_path / "nowhere")]) == 1
    assert "crypten-cert:" in capsys.readouterr().err


def test_needs_no_torch():
    import subprocess

    code = "import sys, crypten_tools.cert, crypten_tools.launch; sys.exit('torch' in sys.modules or 'crypten_cpp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
