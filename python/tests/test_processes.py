"""Sessions of real processes: parties and dealer started by hand, with a run folder as crypten-cert writes it."""

import shutil
import signal
import time

import pytest

import crypten_cpp as crypten

from processes import running

pytestmark = pytest.mark.skipif(not crypten._C.with_grpc, reason="built without comm/grpc")


PRODUCT = """
import torch, crypten_cpp as crypten
crypten.init()
crypten.reset_communication_stats()
x = crypten.cryptensor(torch.arange(6.0), src=0)
values = ((x * x).relu() > 3).get_plain_text().tolist()
stats = crypten.communication_stats()
print(values, stats.dealer_bytes, stats.dealer_bytes_received, flush=True)
crypten.uninit()
"""


def test_every_rank_hears_from_the_dealer_in_turn(tmp_path):
    with running(tmp_path, 3) as run:
        parties = [run.party(rank, PRODUCT) for rank in range(3)]
        outputs = [party.communicate(timeout=120) for party in parties]
        assert [party.returncode for party in parties] == [0, 0, 0], outputs
        heard = []
        for out, _ in outputs:
            values, dealt, received = out.strip().rsplit(" ", 2)
            assert values == "[0, 0, 1, 1, 1, 1]"
            heard.append((int(dealt), int(received)))
        total = sum(received for _, received in heard)
        assert all(dealt == total and 0 < received < total for dealt, received in heard), heard


def test_a_valid_certificate_of_another_rank_is_refused(tmp_path):
    with running(tmp_path, 2) as run:
        for kind in ("crt", "key"):
            shutil.copy2(run.folder / "party-0" / f"party-0.{kind}", run.folder / "party-1" / f"party-1.{kind}")
        liar = run.party(1, PRODUCT)
        _, error = liar.communicate(timeout=60)
        assert liar.returncode not in (0, None) and "CertificateUntrusted" in error and "not made out to party-1" in error, error


FOREVER = """
import torch, crypten_cpp as crypten
crypten.init()
x = crypten.cryptensor(torch.arange(6.0), src=0)
print("running", flush=True)
with crypten.scope("endless"):
    while True:
        x = (x * 0.5).relu()
"""


@pytest.mark.parametrize("world_size", [2, 3])
def test_a_killed_peer_is_named_by_every_survivor_within_five_seconds(tmp_path, world_size):
    with running(tmp_path, world_size) as run:
        parties = [run.party(rank, FOREVER) for rank in range(world_size)]
        for party in parties:
            assert party.stdout.readline() == "running\n", party.communicate()
        time.sleep(0.3)
        killed = world_size - 1
        started = time.monotonic()
        parties[killed].send_signal(signal.SIGKILL)
        for party in parties[:killed]:
            _, error = party.communicate(timeout=60)
            assert party.returncode not in (0, None)
            assert "PeerLost" in error and f"rank {killed}" in error and "endless" in error and "round" in error, error
        assert time.monotonic() - started < 5


def test_a_killed_dealer_is_named_within_five_seconds(tmp_path):
    with running(tmp_path, 2) as run:
        parties = [run.party(rank, FOREVER) for rank in range(2)]
        for party in parties:
            assert party.stdout.readline() == "running\n", party.communicate()
        started = time.monotonic()
        run.dealer.send_signal(signal.SIGKILL)
        errors = [party.communicate(timeout=60)[1] for party in parties]
        assert all(party.returncode not in (0, None) for party in parties)
        assert all("DealerLost" in error or "PeerAborted" in error for error in errors) and any("DealerLost" in error for error in errors), errors
        assert time.monotonic() - started < 5
