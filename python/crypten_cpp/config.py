"""Configuration: dotted access to the C++ library's settings. An unknown name is an error with a suggestion."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from . import _C
from .errors import InvalidArgument


def _to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_text(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        with contextlib.suppress(ValueError):
            return number(text)
    return text


class _Section:
    """``config.encoder``: the settings whose names start with it."""

    def __init__(self, config: Config, prefix: str) -> None:
        object.__setattr__(self, "_config", config)
        object.__setattr__(self, "_prefix", prefix)

    def __getattr__(self, name: str) -> Any:
        return self._config[f"{self._prefix}.{name}"]

    def __setattr__(self, name: str, value: Any) -> None:
        self._config[f"{self._prefix}.{name}"] = value

    def __repr__(self) -> str:
        return "\n".join(f"{name} = {value}" for name, value in self._config.items() if name.startswith(self._prefix + "."))


class Config:
    """Settings of a session. ``config.encoder.precision_bits = 20`` or ``config["encoder.precision_bits"] = 20``.

    Errors: InvalidArgument for an unknown name (with the nearest one), or a value out of range.
    """

    def __init__(self, settings: Config | Mapping[str, Any] | str | os.PathLike | None = None) -> None:
        object.__setattr__(self, "_settings", _C.Config(settings._settings) if isinstance(settings, Config) else _C.Config())
        if isinstance(settings, Mapping):
            self.update(settings)
        elif isinstance(settings, (str, os.PathLike)):
            self.load_config(settings)
        elif settings is not None and not isinstance(settings, Config):
            raise InvalidArgument(602, "a configuration is a mapping of dotted names, a TOML file or a Config", "Config", f"found {type(settings).__name__}", 'pass e.g. {"encoder.precision_bits": 20}')

    def items(self) -> list[tuple[str, Any]]:
        return [(name, _from_text(value)) for name, value, _ in self._settings.fields()]

    def update(self, settings: Mapping[str, Any], prefix: str = "") -> None:
        """Sets several; nested mappings are sections."""
        for name, value in settings.items():
            if isinstance(value, Mapping):
                self.update(value, f"{prefix}{name}.")
            else:
                self[f"{prefix}{name}"] = value

    def load_config(self, path: str | os.PathLike) -> None:
        """Reads a TOML file; what it does not name keeps its value."""
        import tomllib

        try:
            with open(path, "rb") as file:
                settings = tomllib.load(file)
            self.update(settings)
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidArgument(603, "the configuration file cannot be read", os.fspath(path), str(error), "write it in TOML: [encoder] precision_bits = 16") from None

    @contextlib.contextmanager
    def temp_override(self, settings: Mapping[str, Any]) -> Iterator[None]:
        """Other settings inside the block."""
        before = self._settings
        object.__setattr__(self, "_settings", _C.Config(before))
        try:
            self.update(settings)
            yield
        finally:
            object.__setattr__(self, "_settings", before)

    def __getitem__(self, name: str) -> Any:
        return _from_text(self._settings.get(name))

    def __setitem__(self, name: str, value: Any) -> None:
        self._settings.set(name, _to_text(value))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if any(field.startswith(name + ".") for field, _, _ in self._settings.fields()):
            return _Section(self, name)
        return self[name]  # raises, with a suggestion

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __repr__(self) -> str:
        return "\n".join(f"{name} = {value}" for name, value in self.items())


cfg = Config()
"""The settings that ``init()`` and ``simulate()`` take where none are given."""
