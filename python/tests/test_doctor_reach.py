"""crypten doctor in front of a dealer or a peer: the real one, and ones that fail in each of the ways that it tells apart."""

import datetime
import os
import shutil
import socket
import ssl
import subprocess
import threading
import types

import crypten_cpp as crypten
import pytest

from crypten_tools import cert
from crypten_tools.dealer import program as dealer_program
from crypten_tools.doctor import reach
from crypten_tools.doctor.address import Address
from crypten_tools.doctor.finding import Level, Finding


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor") / "run"
    cert.create_run_folder(folder, 2, run_id="ours")
    return folder


@pytest.fixture(scope="module")
def other_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor") / "other"
    cert.create_run_folder(folder, 2, run_id="theirs")
    return folder


def pinned(bundle, member):
    return next(mark for mark, who in reach.Bundle.read(bundle).members.items() if who == member)


def failed(finding):
    assert finding.level is Level.FAIL and finding.todo
    return finding.text.split(": ", 1)[1]


@pytest.fixture(scope="module")
def running(run_folder):
    found = dealer_program()
    if not found:
        pytest.skip("no crypten-dealer: a build without gRPC")
    bundle = run_folder / "dealer"
    command = [found, "--listen", "127.0.0.1:0", "--run-folder", str(bundle), "--master-key", str(bundle / "master.key"), "--drain-seconds", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    ready = process.stdout.readline().split()
    assert ready[0] == "ready"
    yield Address("127.0.0.1", int(ready[1].rpartition(":")[2]))
    process.terminate()
    process.wait(timeout=30)
    process.stdout.close()


def test_the_real_dealer_accepts(running, run_folder):
    finding = reach.check_reach("dealer", running, run_folder / "party-1", timeout=30)
    assert (finding.level, finding.todo) == (Level.OK, "")
    assert finding.text.endswith(f"answers as dealer, version {crypten.__version__}, protocol revision {crypten._C.protocol_revision}, as here")


def test_another_version_is_told_apart(running, run_folder, monkeypatch):
    def look(**other):
        with monkeypatch.context() as patch:
            for name, value in other.items():
                patch.setattr(crypten._C, name, value)
            return failed(reach.check_reach("dealer", running, run_folder / "party-1", timeout=30))

    runs = f"version: dealer runs {crypten.__version__}, protocol revision {crypten._C.protocol_revision}; here it is"
    assert look(protocol_revision=999) == f"{runs} {crypten.__version__}, protocol revision 999"
    assert look(__version__="9.9") == f"{runs} 9.9, protocol revision {crypten._C.protocol_revision}"
    assert look(version_at=lambda *_: None).startswith("version: dealer runs one that does not say its version; here")


def test_the_real_dealer_of_another_run(running, other_folder):
    assert failed(reach.check_reach("dealer", running, other_folder / "party-1", timeout=30)).startswith("TLS identity: the certificate there is of another run")


def test_the_real_dealer_refuses_a_stranger_s_certificate(running, run_folder, other_folder, tmp_path):
    for folder, names in ((run_folder, ("ca.crt", "roster.json")), (other_folder, ("party-0.crt", "party-0.key"))):
        for name in names:
            shutil.copy(folder / "party-0" / name, tmp_path)
    said = failed(reach.check_reach("dealer", running, tmp_path, timeout=30))
    assert said.startswith(("TLS identity: it closes", "TLS identity: it refuses", "it breaks the connection off")), said


@pytest.fixture
def answering():
    """answering(behaviour): the address of a server that does that with its first connection."""
    servers, threads = [], []

    def start(behaviour):
        server = socket.create_server(("127.0.0.1", 0))

        def serve():
            try:
                connection, _ = server.accept()
                connection.settimeout(30)
                with connection:
                    behaviour(connection)
            except OSError:
                pass  # what the client does is what is looked at

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        servers.append(server)
        return Address(*server.getsockname())

    yield start
    for server in servers:
        server.close()
    for thread in threads:
        thread.join(timeout=60)


def tls(bundle, name):
    """A server with this certificate that says something after the handshake, as HTTP/2 does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle / f"{name}.crt", bundle / f"{name}.key")

    def serve(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"\0" * 9)
            secured.recv(1)

    return serve


def test_a_party_in_the_dealer_s_place(answering, run_folder):
    said = failed(reach.check_reach("dealer", answering(tls(run_folder / "party-0", "party-0")), run_folder / "party-1", timeout=30))
    assert said == "TLS identity: rank 0 (party-0) answers, not dealer"


def test_a_peer(answering, run_folder):
    def look(at, own, **how):
        return reach.who_answers("peer", answering(tls(run_folder / at, at)), run_folder / own, timeout=30, **how)

    assert look("party-0", "party-1") == "rank 0 (party-0)"
    assert look("party-0", "party-1", expected="rank 0 (party-0)") == "rank 0 (party-0)"
    assert failed(look("party-0", "party-1", expected="rank 1 (party-1)")) == "TLS identity: rank 0 (party-0) answers, not rank 1 (party-1)"
    assert failed(look("party-1", "party-1")) == "TLS identity: this bundle's own certificate answers"
    assert failed(look("dealer", "party-1")) == "TLS identity: dealer answers, not a party"
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        assert "have it started" in reach.check_reach("peer", Address(*reserved.getsockname()), run_folder / "party-0").todo


def test_another_certificate_of_the_same_name(answering, run_folder, tmp_path):
    bundle = tmp_path / "bundle"
    shutil.copytree(run_folder / "party-1", bundle)
    roster = (bundle / "roster.json").read_text()
    (bundle / "roster.json").write_text(roster.replace(pinned(bundle, "dealer"), "0" * 64))
    said = failed(reach.check_reach("dealer", answering(tls(run_folder / "dealer", "dealer")), bundle, timeout=30))
    assert said == "TLS identity: the roster pins another certificate to the dealer"


@pytest.mark.parametrize(("days", "says"), [(-30, "clock or date: its certificate has expired"), (30, "clock: its certificate is not valid yet")])
def test_clocks(answering, tmp_path, monkeypatch, days, says):
    shift = datetime.timedelta(days=days)
    clock = types.SimpleNamespace(now=lambda zone: datetime.datetime.now(zone) + shift)
    monkeypatch.setattr(cert, "datetime", types.SimpleNamespace(datetime=clock, timedelta=datetime.timedelta, timezone=datetime.timezone))
    cert.create_run_folder(tmp_path / "run", 1, days=1)
    assert failed(reach.check_reach("dealer", answering(tls(tmp_path / "run" / "dealer", "dealer")), tmp_path / "run" / "party-0", timeout=30)).startswith(says)


def test_no_tls_there(answering, run_folder):
    def plain(connection):
        connection.recv(10)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.recv(1)

    assert "speaks no TLS" in failed(reach.check_reach("dealer", answering(plain), run_folder / "party-0", timeout=30))


def test_silence(answering, run_folder):
    done = threading.Event()
    said = failed(reach.check_reach("dealer", answering(lambda _: done.wait(60)), run_folder / "party-0", timeout=0.5))
    done.set()
    assert said == "it accepts connections and says nothing for 0.5 s"


def test_a_connection_that_is_closed(answering, run_folder):
    said = failed(reach.check_reach("dealer", answering(lambda _: None), run_folder / "party-0", timeout=30))
    assert "breaks the connection off" in said or "speaks no TLS" in said


def test_refused(run_folder):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # nobody else gets it, and it does not listen
        assert failed(reach.check_reach("dealer", Address(*reserved.getsockname()), run_folder / "party-0")).startswith("refused")


def test_filtered(run_folder):
    """A full queue of connections drops what comes next, as a packet filter does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)
            connection.connect_ex(server.getsockname())
        said = failed(reach.check_reach("dealer", Address(*server.getsockname()), run_folder / "party-0", timeout=0.5))
        for connection in waiting:
            connection.close()
    assert said == "filtered: no answer within 0.5 s"


def test_dns(run_folder):
    assert failed(reach.check_reach("dealer", Address("a..b", 1), run_folder / "party-0")).startswith("DNS")


def test_no_route(monkeypatch, run_folder):
    def unreachable(*_):
        raise OSError(113, os.strerror(113))

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    assert failed(reach.check_reach("dealer", Address("127.0.0.1", 1), run_folder / "party-0")).startswith("no route")


def test_a_connection_without_a_bundle(answering, tmp_path):
    finding = reach.check_reach("dealer", answering(lambda connection: connection.recv(1)), tmp_path, timeout=30)
    assert isinstance(finding, Finding) and "listens; no TLS without a usable bundle" in finding.text and "crypten-cert check" in finding.todo
