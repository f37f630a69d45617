import torch

import crypten_cpp as crypten


def test_one_product_and_one_reveal():
    def program():
        with crypten.scope("program part"):
            x, y = (crypten.cryptensor(torch.ones(10), src=s) for s in (0, 1))
            crypten.reset_communication_stats()
            product = x * y
            cost = crypten.communication_stats()
            product.get_plain_text(dst=1)
        return cost, crypten.ledger()

    with crypten.simulate(2) as sim:
        (first, ledger), (last, _) = sim.run(program)
    assert (first.rounds, first.bytes_sent, first["dealer_bytes"], first.dealer_bytes_received) == (1, 160, 80, 0)  # both factors opened: 16 B an element
    assert (last.rounds, last.bytes_sent, last.dealer_bytes, last.dealer_bytes_received) == (1, 160, 80, 80)
    assert first.dealer_wait_seconds == 0 < last.dealer_wait_seconds  # rank 1 reads the dealer's answer, rank 0 its own stream
    assert first.wire_bytes_sent > first.bytes_sent and first.messages_sent == 1
    assert [(r.shape, r.to) for r in ledger.reveals] == [((10,), 1)]
    assert "program_part" in ledger.reveals[0].scope and not ledger.reveals[0].dithered
    assert "rank 1" in str(ledger)
    assert sum(elements for _, elements, _ in ledger.openings.values()) == 20


def test_a_revealed_truncation_is_marked():
    def program():
        x = crypten.cryptensor(torch.ones(3))
        (x * x * x + 0).relu().get_plain_text()
        return crypten.ledger().reveals[0]

    with crypten.simulate(2) as sim:
        assert all(reveal.dithered and reveal.to is None for reveal in sim.run(program))
    with crypten.simulate(2, {"protocol.truncation": "exact"}) as sim:
        assert not any(reveal.dithered for reveal in sim.run(program))


def test_counters_are_printed(capsys):
    with crypten.simulate(1) as sim:
        sim.run(crypten.print_communication_stats)
    assert "rounds: 0" in capsys.readouterr().out
