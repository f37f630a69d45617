import pytest

import crypten_cpp as crypten
from crypten_cpp import Config


def test_dotted_access():
    config = Config()
    assert config.encoder.precision_bits == 16 and config["protocol.truncation"] == "dithered"
    config.encoder.precision_bits = 20
    config["communicator.round_timeout"] = 7.5
    assert config["encoder.precision_bits"] == 20 and config.communicator.round_timeout == 7.5
    assert config.debug.check_ranges is False
    assert "encoder.precision_bits = 20" in repr(config) and "precision_bits = 20" in repr(config.encoder)
    assert Config(config).encoder.precision_bits == 20 and Config().encoder.precision_bits == 16


@pytest.mark.parametrize("use", [lambda c: c["encoder.precison_bits"], lambda c: c.encoder.precison_bits, lambda c: setattr(c.encoder, "precison_bits", 16), lambda c: c.update({"encoder": {"precison_bits": 16}})])
def test_unknown_names_get_a_suggestion(use):
    with pytest.raises(crypten.InvalidArgument, match="encoder.precision_bits"):
        use(Config())


@pytest.mark.parametrize(("name", "value"), [("encoder.precision_bits", 99), ("encoder.precision_bits", "many"), ("protocol.truncation", "sloppy"), ("debug.check_ranges", "maybe")])
def test_values_are_checked(name, value):
    config = Config()
    with pytest.raises(ValueError, match=name):
        config[name] = value


def test_sources(tmp_path):
    (tmp_path / "run.toml").write_text('[encoder]\nprecision_bits = 18\n[protocol]\ntruncation = "exact"\n')
    config = Config(tmp_path / "run.toml")
    assert (config.encoder.precision_bits, config.protocol.truncation) == (18, "exact")
    assert Config({"encoder.precision_bits": 12}).encoder.precision_bits == 12
    for bad in (tmp_path / "none.toml", 5):
        with pytest.raises(crypten.InvalidArgument):
            Config(bad)


def test_temporary_settings_reach_the_session():
    with crypten.cfg.temp_override({"encoder.precision_bits": 12}), crypten.simulate(2) as sim:
        assert sim.run(lambda: crypten.cryptensor(0.5)._value.fraction_bits) == [12, 12]
    assert crypten.cfg.encoder.precision_bits == 16
