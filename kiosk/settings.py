"""Every setting of a terminal: its type, default, range and meaning, in one place.

`config.toml` in the repository is these classes printed (`kiosk check-config`). Not in here: reading files, and anything
the server decides for a whole facility.
"""

from dataclasses import dataclass, field
from datetime import time
from enum import Enum, unique
from pathlib import Path
from typing import Any


@unique
class Doors(Enum):
    """Which way this terminal serves; BOTH asks the member (A4)."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


@unique
class Driver(Enum):
    PCSC = "pcsc"
    NFCPY = "nfcpy"
    SIMULATED = "simulated"


@unique
class Language(Enum):
    """By their tags of BCP 47, but for やさしい日本語, Japanese in short sentences and easy words, which has none."""

    JA = "ja"
    JA_EASY = "ja-easy"
    EN = "en"
    ZH_CN = "zh-CN"
    KO = "ko"
    VI = "vi"
    PT = "pt"


@unique
class Theme(Enum):
    """AUTO: by the house's clock."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


@unique
class ReaderPlace(Enum):
    """Where the card reader is, seen from the screen."""

    RIGHT = "right"
    LEFT = "left"
    BELOW = "below"


@unique
class NameDisplay(Enum):
    """How much of a name the screen shows, where the facility shows names at all."""

    OFF = "off"
    INITIALS = "initials"
    FULL = "full"


@unique
class LogLevel(Enum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What `check-config` says beside a setting; bounds are inclusive."""

    text: str
    least: float | None = None
    most: float | None = None


def setting(default: Any, text: str, least: float | None = None, most: float | None = None) -> Any:
    """A dataclass field with its meaning; any type, hence Any."""
    return field(default=default, metadata={"meaning": Meaning(text, least, most)})


@dataclass(frozen=True, slots=True)
class Terminal:
    direction: Doors = setting(Doors.BOTH, "which way this terminal serves: in, out, or both (the member chooses)")
    data_directory: Path = setting(
        Path("/var/lib/checkin-terminal"), "keys, queue and roster; readable by the service alone"
    )
    presence_fresh_seconds: float = setting(
        120.0,
        "seconds; older news of the other terminals than this is not held against a member (already in / not in)",
        0,
        86400,
    )
    retention_days: int = setting(
        30, "days a visit stays on this terminal after the server has it; what the server lacks always stays", 1, 3650
    )
    log_level: LogLevel = setting(LogLevel.INFO, "debug, info or warning; no level logs a PIN or a name")


@dataclass(frozen=True, slots=True)
class Screen:
    width: int = setting(1280, "pixels; ignored when fullscreen", 480, 7680)
    height: int = setting(800, "pixels; ignored when fullscreen", 480, 4320)
    fullscreen: bool = setting(default=True, text="cover the whole display and lock it")
    language: Language = setting(Language.JA, "the language in which everybody is met")
    languages: tuple[Language, ...] = setting(
        tuple(Language),
        "those a member may choose on the start screen, in this order; one whose font is missing is left out",
    )
    font_file: Path = setting(
        Path("/usr/share/fonts/truetype/bizud-gothic/BIZUDPGothic-Regular.ttf"),
        "a TrueType font with Japanese; Debian package fonts-morisawa-bizud-gothic",
    )
    bold_font_file: Path = setting(
        Path("/usr/share/fonts/truetype/bizud-gothic/BIZUDPGothic-Bold.ttf"),
        "its bold face",
    )
    latin_font_file: Path = setting(
        Path("/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf"),
        "one with Latin letters, those of Vietnamese too; Debian package fonts-roboto-unhinted",
    )
    latin_bold_font_file: Path = setting(
        Path("/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Bold.ttf"), "its bold face"
    )
    korean_font_file: Path = setting(
        Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf"), "one with Korean; Debian package fonts-nanum"
    )
    korean_bold_font_file: Path = setting(Path("/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf"), "its bold face")
    chinese_font_file: Path = setting(
        Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
        "one whose first face is simplified Chinese; Debian package fonts-wqy-microhei",
    )
    names_font_file: Path = setting(
        Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
        "one for the letters of names that the others lack; Debian package fonts-noto-cjk",
    )
    names_bold_font_file: Path = setting(Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"), "its bold face")
    frames_per_second: int = setting(30, "at most, of what moves by itself; a press is shown at once", 10, 60)
    diagonal_inches: float = setting(
        10.1, "inches across the display from corner to corner; what is pressed is at least 18 mm wide and high", 5, 60
    )
    theme: Theme = setting(Theme.LIGHT, "light, dark, or auto (dark from dark_from until dark_until)")
    dark_from: time = setting(time(18), "when the dark theme begins, in Japanese time; for theme = auto")
    dark_until: time = setting(time(7), "when it ends; earlier than dark_from is the next morning")
    reader_place: ReaderPlace = setting(
        ReaderPlace.RIGHT, "where the card reader is, seen from the screen: right, left or below; an arrow points there"
    )
    low_keypad: bool = setting(
        default=False,
        text="on a wide display too, keep the keys of the PIN in its lower half, larger and in two rows, "
        "for a hand that comes from a wheelchair; an upright display always does",
    )
    shuffled_keypad: bool = setting(
        default=False, text="deal the digits anew for every PIN, against onlookers; harder for who cannot see well"
    )


@dataclass(frozen=True, slots=True)
class Timeouts:
    pin_seconds: float = setting(30.0, "seconds without a key press before the PIN entry is given up", 5, 300)
    card_seconds: float = setting(30.0, "seconds the PIN is kept while the card is awaited", 5, 300)
    reading_seconds: float = setting(10.0, "seconds one conversation with the card may take", 2, 60)
    result_seconds: float = setting(5.0, "seconds the greeting is shown", 1, 60)
    refusal_seconds: float = setting(12.0, "seconds a screen with a next step is shown", 2, 120)
    fee_seconds: float = setting(30.0, "seconds a member has to accept a fee; then it is declined", 5, 300)
    personal_seconds: float = setting(
        4.5, "seconds at most that a name and a member's own stays are shown; reminders stay longer", 1.5, 4.5
    )
    glance_seconds: float = setting(
        1.5, "seconds they are shown at least, when the card is taken away before the time is over", 1.5, 4.5
    )


@dataclass(frozen=True, slots=True)
class Privacy:
    name_display: NameDisplay = setting(
        NameDisplay.FULL, "off, initials or full; a facility that does not show names has none to show"
    )


@dataclass(frozen=True, slots=True)
class History:
    shown: bool = setting(
        default=False, text="tell who checks out the day of the visit before and this month's hours; needs no name"
    )


@dataclass(frozen=True, slots=True)
class Reader:
    driver: Driver = setting(
        Driver.PCSC, "pcsc, nfcpy (RC-S380), or simulated (tests and demonstrations; a banner says so)"
    )
    name: str = setting("", "part of the reader's name; empty takes the first reader")


@dataclass(frozen=True, slots=True)
class Card:
    authorities: Path = setting(
        Path("/etc/checkin-terminal/authorities"), "certificates of the authorities whose revocation lists are believed"
    )
    revocation_lists: Path = setting(
        Path("/etc/checkin-terminal/revocation"),
        "a folder of revocation lists (*.crl), looked at every minute; without the folder revocation is not checked",
    )


@dataclass(frozen=True, slots=True)
class Sound:
    volume: float = setting(0.8, "0 is silent, 1 is full", 0, 1)
    quiet_from: time = setting(
        time(0), "when quiet hours begin, in Japanese time; the same as quiet_until where there are none"
    )
    quiet_until: time = setting(time(0), "when quiet hours end; earlier than quiet_from is the next morning")
    quiet_volume: float = setting(0.2, "in quiet hours; never louder than volume, 0 is silent", 0, 1)
    speech: bool = setting(
        default=False, text="say what each screen asks for, in Japanese and English; first run: kiosk speak"
    )


@dataclass(frozen=True, slots=True)
class Idle:
    dim_from: time = setting(
        time(22),
        "when the start screen begins to be dimmed while nobody is there, in Japanese time; a touch or a card wakes it",
    )
    dim_until: time = setting(time(7), "when that ends; the same as dim_from for never")
    dim_after_seconds: float = setting(
        0.0, "seconds without a touch after which it is dimmed at any hour; 0 never", 0, 86400
    )
    brightness: float = setting(0.4, "of the dimmed start screen; 1 is full", 0.05, 1)
    pixel_shift: int = setting(
        3, "pixels the start screen wanders to each side, one a minute, against burn-in; 0 stays", 0, 16
    )


@dataclass(frozen=True, slots=True)
class Server:
    url: str = setting("https://checkin.example.jp", "the central server; http only on loopback")
    roster_seconds: float = setting(
        30.0, "seconds between two looks for changes of members where the server does not let a question wait", 5, 3600
    )
    wait_seconds: int = setting(
        25,
        "seconds a question for changes may wait at the server for one to happen; 0 asks at its own pace only",
        0,
        25,
    )
    roster_days: float = setting(
        7.0, "days; a list of members older than this is called too old by kiosk status", 1, 365
    )
    key_days: int = setting(365, "days after which this terminal makes itself a new key; 0 never", 0, 3650)
    ca_file: str = setting("", "certificates (PEM) of the only authorities believed; empty believes the usual ones")
    fingerprint: str = setting(
        "",
        "SHA-256 of the server's certificate in hexadecimal: no other is spoken to, whatever its name; empty for any",
    )
    client_certificate: str = setting(
        "", "a certificate (PEM) this terminal shows where a proxy asks for one; empty for none"
    )
    client_key: str = setting("", "its private key (PEM); empty where it is in the same file")


@dataclass(frozen=True, slots=True)
class Settings:
    terminal: Terminal = field(default_factory=Terminal)
    screen: Screen = field(default_factory=Screen)
    timeouts: Timeouts = field(default_factory=Timeouts)
    privacy: Privacy = field(default_factory=Privacy)
    history: History = field(default_factory=History)
    reader: Reader = field(default_factory=Reader)
    card: Card = field(default_factory=Card)
    sound: Sound = field(default_factory=Sound)
    idle: Idle = field(default_factory=Idle)
    server: Server = field(default_factory=Server)
