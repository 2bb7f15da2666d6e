"""config.toml: read strictly, every mistake told at once, printed back so that it can be read again."""

import dataclasses
import typing
from datetime import time
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import config
from kiosk.config import ConfigError
from kiosk.settings import Doors, Driver, Language, Settings, Terminal
from kiosk.ui.words import catalogue_name

ROOT = Path(__file__).parents[2]


def mistakes_in(text: str, folder: Path) -> tuple[str, ...]:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        config.load(path)
    return wrong.value.mistakes


def read(text: str, folder: Path) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


# What it says


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert read("", tmp_path) == Settings()


def test_the_repository_s_config_is_the_defaults_printed() -> None:
    assert (ROOT / "config.toml").read_text(encoding="utf-8") == config.render(Settings())


def test_the_repository_s_config_is_read_as_the_defaults() -> None:
    assert config.load(ROOT / "config.toml") == Settings()


def test_a_setting_is_read_in_its_type(tmp_path: Path) -> None:
    settings = read('[terminal]\ndirection = "out"\ndata_directory = "/srv/x"\n[sound]\nvolume = 1\n', tmp_path)
    assert settings.terminal == Terminal(direction=Doors.OUT, data_directory=Path("/srv/x"))
    assert isinstance(settings.sound.volume, float)


def test_a_time_of_day_is_read(tmp_path: Path) -> None:
    assert read('[sound]\nquiet_from = "21:30"\n', tmp_path).sound.quiet_from == time(21, 30)


@pytest.mark.parametrize("written", ['"24:00"', '"9:00"', '"09:00:30"', '"evening"', "9"])
def test_what_is_no_time_of_day_is_told_what_one_looks_like(written: str, tmp_path: Path) -> None:
    (mistake,) = mistakes_in(f"[sound]\nquiet_from = {written}\n", tmp_path)
    assert mistake == f'sound.quiet_from must be a time of day such as "21:30", not {written}'


def test_every_setting_is_explained_with_its_default() -> None:
    lines = config.render(Settings()).splitlines()
    settings = [line for line in lines if " = " in line and not line.startswith("#")]
    explained = [before for before, line in pairwise(lines) if line in settings]
    assert settings
    assert all(line.startswith("# ") and "; default " in line for line in explained)


def test_every_number_has_a_range() -> None:
    for section in dataclasses.fields(Settings()):
        for each in dataclasses.fields(getattr(Settings(), section.name)):
            meaning = each.metadata["meaning"]
            number = type(each.default) in {int, float}
            assert (meaning.least is not None, meaning.most is not None) == (number, number), each.name
            assert not number or meaning.least <= each.default <= meaning.most


def _values(kind: Any, meaning: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(kind) is tuple:
        each = st.sampled_from(typing.get_args(kind)[0])
        return st.lists(each, min_size=1, unique=True).map(tuple)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    if kind in {int, float}:
        return (
            st.integers(int(meaning.least), int(meaning.most))
            if kind is int
            else st.floats(meaning.least, meaning.most)
        )
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    others: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        Path: st.text(letters, min_size=1).map(Path),
        time: st.times().map(lambda each: each.replace(second=0, microsecond=0)),
        str: st.text(letters),
    }
    return others[kind]


def _sections(kind: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    fields = {each.name: _values(hints[each.name], each.metadata["meaning"]) for each in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


_all_settings = st.builds(Settings, **{name: _sections(kind) for name, kind in typing.get_type_hints(Settings).items()})


@given(_all_settings)
def test_what_is_printed_is_read_back(settings: Settings) -> None:
    import tomllib

    assert config.parse(tomllib.loads(config.render(settings)), source="printed") == settings


# What is wrong with it


def test_every_mistake_is_told_at_once_in_the_order_of_the_settings(tmp_path: Path) -> None:
    text = """
        [terminal]
        log_level = "loud"
        direction = "up"
        [screen]
        fullscreen = 1
        width = 100
        [sound]
        volume = "high"
        [printer]
    """
    assert mistakes_in(text, tmp_path) == (
        "printer is not a section",
        "terminal.direction must be one of in, out, both",
        "terminal.log_level must be one of debug, info, warning",
        "screen.width must be from 480 to 7680, not 100",
        "screen.fullscreen must be true or false, not 1",
        'sound.volume must be a number, not "high"',
    )


def test_the_whole_error_is_one_line_a_mistake_each_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[sound]\nvolume = 2\nvolum = 1\n")
    with pytest.raises(ConfigError) as wrong:
        config.load(path)
    assert str(wrong.value).splitlines() == [
        f"{path}: sound.volum is not a setting; did you mean volume?",
        f"{path}: sound.volume must be from 0 to 1, not 2",
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[terminl]", "terminl is not a section; did you mean terminal?"),
        ("[terminal]\ndirektion = 'in'", "terminal.direktion is not a setting; did you mean direction?"),
        ("[terminal]\nzzz = 1", "terminal.zzz is not a setting"),
        ("[reader]\ndriver = 'pscs'", "reader.driver must be one of pcsc, nfcpy, simulated; did you mean pcsc?"),
        ("volume = 1", "volume is not a section"),
        ("sound = 1", "[sound] is not a section"),
        ("[[sound]]\nvolume = 1", "[sound] is not a section"),
    ],
)
def test_a_wrong_name_is_told_with_the_one_near_it(text: str, mistake: str, tmp_path: Path) -> None:
    assert mistakes_in(text, tmp_path) == (mistake,)


@pytest.mark.parametrize(
    ("setting", "mistake"),
    [
        ("screen.width = 479", "screen.width must be from 480 to 7680, not 479"),
        ("screen.width = 7681", "screen.width must be from 480 to 7680, not 7681"),
        ("screen.width = 12345678", "screen.width must be from 480 to 7680, not 12345678"),
        ("screen.width = 800.0", "screen.width must be a whole number, not 800.0"),
        ("screen.width = true", "screen.width must be a whole number, not true"),
        ("screen.width = '800'", 'screen.width must be a whole number, not "800"'),
        ("screen.fullscreen = 'yes'", 'screen.fullscreen must be true or false, not "yes"'),
        ("sound.volume = nan", "sound.volume must be from 0 to 1, not nan"),
        ("sound.volume = inf", "sound.volume must be from 0 to 1, not inf"),
        ("sound.volume = -0.01", "sound.volume must be from 0 to 1, not -0.01"),
        ("sound.volume = false", "sound.volume must be a number, not false"),
        ("sound.volume = [1]", "sound.volume must be a number, not [1]"),
        ("reader.name = 7", "reader.name must be text in quotes, not 7"),
        ("reader.name = 2026-11-22", 'reader.name must be text in quotes, not "2026-11-22"'),
        ('reader.name = "a\\u0000b"', "reader.name must not contain the character U+0000"),
        ("reader.driver = 7", "reader.driver must be one of pcsc, nfcpy, simulated"),
        ("screen.languages = []", "screen.languages must be a list of ja, ja-easy, en, zh-CN, ko, vi, pt"),
        ("screen.languages = 'ja'", "screen.languages must be a list of ja, ja-easy, en, zh-CN, ko, vi, pt"),
        (
            "screen.languages = ['ja', 'zh-TW']",
            "screen.languages must be one of ja, ja-easy, en, zh-CN, ko, vi, pt; did you mean zh-CN?",
        ),
        ("terminal.data_directory = ''", "terminal.data_directory must be a path in quotes"),
        ("terminal.data_directory = 3", "terminal.data_directory must be a path in quotes"),
        ('terminal.data_directory = "a\\u0000b"', "terminal.data_directory must not contain the character U+0000"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_right(setting: str, mistake: str, tmp_path: Path) -> None:
    assert mistakes_in(setting, tmp_path) == (mistake,)


@pytest.mark.parametrize("setting", ["screen.width", "sound.volume"])
@pytest.mark.parametrize("digits", [20, 400, 4000])
def test_a_number_of_any_length_is_only_out_of_range(setting: str, digits: int, tmp_path: Path) -> None:
    (mistake,) = mistakes_in(f"{setting} = {'9' * digits}", tmp_path)
    assert mistake.startswith(f"{setting} must be from ")


@pytest.mark.parametrize(
    "setting", ["screen.width = 480", "screen.width = 7680", "sound.volume = 0.0", "sound.volume = 1.0"]
)
def test_the_bounds_belong_to_the_range(setting: str, tmp_path: Path) -> None:
    assert read(setting, tmp_path)


@pytest.mark.parametrize(
    "text",
    ["=", "[terminal", "a = 1\na = 2", "x = 9" + "9" * 5000, "a = " + "[" * 100_000],
    ids=["no name", "no bracket", "twice", "more digits than Python reads", "bottomless"],
)
def test_what_is_not_toml_is_told_so(text: str, tmp_path: Path) -> None:
    (mistake,) = mistakes_in(text, tmp_path)
    assert mistake.startswith("is not TOML: ")


def test_what_is_not_utf_8_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('name = "受付"'.encode("shift_jis"))
    with pytest.raises(ConfigError, match="cannot be read: is not UTF-8"):
        config.load(path)


def test_a_missing_file_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        config.load(tmp_path / "none.toml")


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        config.load(tmp_path)


@given(st.dictionaries(st.sampled_from(["terminal", "screen", "sound", "x"]), st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["volume", "width", "direction", "data_directory", "y"]), inner, max_size=5))))  # fmt: skip
def test_whatever_a_document_holds_only_a_config_error_comes_of_it(document: dict[str, object]) -> None:
    try:
        config.parse(document, source="here")
    except ConfigError as error:
        assert error.mistakes  # noqa: PT017


def test_a_language_that_is_listed_twice_is_offered_once() -> None:
    settings = config.parse({"screen": {"languages": ["en", "ja", "en"]}}, source="here")
    assert settings.screen.languages == (Language.EN, Language.JA)


def test_the_screen_speaks_every_language_there_is() -> None:
    assert {catalogue_name(each) for each in Language} == {
        path.name for path in (ROOT / "assets" / "locale").iterdir() if path.is_dir()
    }


def test_a_terminal_never_starts_with_a_simulated_reader_unasked() -> None:
    assert Settings().reader.driver is Driver.PCSC
