"""config.toml into frozen settings and back: every mistake told at once, each with its place and a likely cure.

Not in here: what the settings mean (kiosk.settings).
"""

import dataclasses
import difflib
import json
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from datetime import time
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from kiosk.settings import Card, Meaning, Reader, Screen, Server, Settings, Sound, Terminal, Timeouts

_Section = TypeVar("_Section", Terminal, Screen, Timeouts, Reader, Card, Sound, Server)


class ConfigError(Exception):
    """All that is wrong with a configuration: one sentence each, in the order of the file's sections."""

    def __init__(self, source: str, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"{source}: {mistake}" for mistake in mistakes))
        self.mistakes = mistakes


def load(path: Path) -> Settings:
    """Raises ConfigError, also where the file cannot be read or is not TOML."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise ConfigError(str(path), (f"cannot be read: {reason}",)) from error
    except (ValueError, RecursionError) as error:  # also numbers too long and arrays too deep for Python
        raise ConfigError(str(path), (f"is not TOML: {error}",)) from error
    return parse(document, source=str(path))


def parse(document: Mapping[str, object], *, source: str) -> Settings:
    """Defaults stand where a setting is missing. Raises ConfigError."""
    mistakes: list[str] = []
    sections = {each.name: each for each in dataclasses.fields(Settings)}
    types = typing.get_type_hints(Settings)
    mistakes += _unknown(document, tuple(sections), "section", prefix="")
    found: dict[str, Any] = {name: _section(name, types[name], document.get(name, {}), mistakes) for name in sections}
    if mistakes:
        raise ConfigError(source, tuple(mistakes))
    return Settings(**found)


def render(settings: Settings) -> str:
    """The settings as a commented config.toml: for each its meaning, range and default."""
    lines = [
        "# Every setting of the terminal. What is left out has its default. Check: kiosk --config FILE check-config"
    ]
    for section in dataclasses.fields(settings):
        lines += ["", f"[{section.name}]"]
        values = getattr(settings, section.name)
        for each in dataclasses.fields(values):
            lines += [f"# {_explain(each)}", f"{each.name} = {_toml(getattr(values, each.name))}"]
    return "\n".join(lines) + "\n"


def _section(name: str, kind: type[_Section], given: object, mistakes: list[str]) -> _Section | None:
    if not isinstance(given, Mapping):
        mistakes.append(f"[{name}] is not a section")
        return None
    fields = {each.name: each for each in dataclasses.fields(kind)}
    types = typing.get_type_hints(kind)
    mistakes += _unknown(given, tuple(fields), "setting", prefix=f"{name}.")
    values: dict[str, Any] = {}
    for key in (each for each in fields if each in given):
        try:
            values[key] = _value(given[key], types[key], fields[key].metadata["meaning"])
        except ValueError as error:
            mistakes.append(f"{name}.{key} {error}")
    return kind(**values)


def _unknown(given: Mapping[str, object], known: tuple[str, ...], what: str, *, prefix: str) -> Iterator[str]:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            yield f"{prefix}{key} is not a {what}" + (f"; did you mean {near[0]}?" if near else "")


def _value(given: object, kind: type[Any], meaning: Meaning) -> object:
    """Raises ValueError with the rest of a sentence that begins with the setting's name."""
    if typing.get_origin(kind) is tuple:
        return _choices(given, typing.get_args(kind)[0])
    if issubclass(kind, Enum):
        return _choice(given, kind)
    if isinstance(given, str) and "\0" in given:
        raise ValueError("must not contain the character U+0000")
    if kind is Path:
        if not isinstance(given, str) or not given:
            raise ValueError("must be a path in quotes")
        return Path(given)
    if kind is time:
        return _time_of_day(given)
    whole_for_float = kind is float and type(given) is int
    if type(given) is not kind and not whole_for_float:
        raise ValueError(f"must be {_KINDS[kind]}, not {json.dumps(given, default=str, ensure_ascii=False)}")
    if meaning.least is not None and isinstance(given, int | float) and not _within(given, meaning):
        raise ValueError(f"must be {_range(meaning)}, not {given}")
    return kind(given) if whole_for_float else given


def _time_of_day(given: object) -> time:
    if isinstance(given, str) and _TIME_OF_DAY.fullmatch(given):
        return time.fromisoformat(given)
    raise ValueError(f'must be a time of day such as "21:30", not {json.dumps(given, default=str, ensure_ascii=False)}')


def _choices(given: object, kind: type[Enum]) -> tuple[Enum, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError(f"must be a list of {', '.join(member.value for member in kind)}")
    return tuple(dict.fromkeys(_choice(each, kind) for each in given))


def _choice(given: object, kind: type[Enum]) -> Enum:
    choices = [member.value for member in kind]
    if given in choices:
        return kind(given)
    near = difflib.get_close_matches(str(given), choices, n=1)
    raise ValueError(f"must be one of {', '.join(choices)}" + (f"; did you mean {near[0]}?" if near else ""))


_TIME_OF_DAY = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}


def _within(value: float, meaning: Meaning) -> bool:
    return meaning.least is not None and meaning.most is not None and meaning.least <= value <= meaning.most


def _range(meaning: Meaning) -> str:
    return f"from {meaning.least:g} to {meaning.most:g}"


def _explain(each: dataclasses.Field[Any]) -> str:
    meaning: Meaning = each.metadata["meaning"]
    span = f"; {_range(meaning)}" if meaning.least is not None else ""
    return f"{meaning.text}{span}; default {_toml(each.default)}"


def _toml(value: object) -> str:
    """TOML's strings, numbers and truth values are written as JSON's, but for U+007F (toml.io v1.0, "String")."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    written = json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
    return written.replace("\x7f", "\\u007f")
