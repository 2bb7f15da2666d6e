"""Lines of text broken where a reader would pause. Kivy breaks Japanese anywhere, even before 「、」.

Japanese and Chinese at their phrases, by BudouX; at its spaces what is written with spaces, as やさしい日本語 is too.
Pure but for BudouX's models: the Japanese one is loaded when a `Typesetter` is made, the Chinese one when it is needed.
"""

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import accumulate, pairwise

import budoux

from kiosk.settings import Language

Measure = Callable[[str], float]

_NEVER_FIRST = "、。，．・：；！？）〕］｝〉》」』】ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ”’,.:;!?)]}"
_NEVER_LAST = "（〔［｛〈《「『【“‘([{"
"""JIS X 4051, 行頭禁則文字 and 行末禁則文字, as far as a catalogue may need them."""
_LEANS_BACK = ("とき", "ため", "こと", "もの", "うち", "方", "（")
"""Formal nouns and brackets that add to what is before them: they do not begin a line."""
_PARTICLES = ("に", "の", "から")
"""After a time of day, with a space between: the model takes them for words."""
_SENTENCE_ENDS = re.compile(rf"\n|(?<=。)(?=[^\n{re.escape(_NEVER_FIRST)}])|(?<=[\uac00-\ud7a3][.?]) +(?=[^\n])")
_KANA = re.compile("[\u3041-\u30ff]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_JAPANESE_WORDS = re.compile(
    "ただいま|もう一度お試しください|もう一度|(?:受付へ)?(?:お声がけ|お知らせ|お尋ね)ください|[0-9]+時間[0-9]+分"
    "|ありません|時間切れに|ご利用になれません|必要になります|発行いたします|退室としました|月額会員として|その日のうちの"
    "|お支払い済みの|新しいカードを?|光の帯が|間違いが|再起動|やめる|とじる|はいって|はいる|はいらない|つけなおす|かざしてください|市区町村の窓口での?"
)
"""What the model for Japanese takes apart at the wrong place, or not at all."""
_CHINESE_WORDS = re.compile(
    "个人编号卡|临时使用费|市区町村|再放到读卡器上|读卡器|鸟鸣声|颈挂绳|停车券|通知卡|在留卡|交通IC卡|信用卡|银行卡|付费时间|会员期限"
    "|我的页面|前台|卡片|新卡|此卡|张卡|下次|再次|直到|不要|不能|没有离场记录|没有|费用|闭馆中|开馆|把握|即可|日元|一次|一天|稍后|再试|正在|尚未|位置"
    "|次数|窗口|下个月|我要|同一|离开时|离场记录|离场处理|离场后|已按闭馆时间|已按当日|其他机器|提示时|屏幕上的时间|屏幕上|不对"
    "|为会员办理|起未更新|如有出入|如有急事|如有需要|如有疑问|[0-9]+小时[0-9]+分钟"
)
"""Those of the catalogue that the model for Chinese, made for newspapers, takes apart."""
_KOREAN_CLINGS = (
    "수 [있없]|(?<= 수 )[있없]|있습니다|있지|않|못|것|때까지|주세요|두세요|합니다|등[은 ]|(?<=월정액 )회원|(?<=한 )[장번]|(?<=카드 )한 장"
    "|(?<=시구정촌 )창구|(?<=입퇴실 )처리|(?<=실용 )단말기|(?<=관리 )화면"
)
"""Formal nouns, auxiliary verbs and words of two parts: only a space parts them from what they belong to."""
_VIETNAMESE_WORDS = re.compile(
    r"(?:(?<=[.?!] )\w+ |hãy )?(?:âm thanh|bắt đầu|bị hủy|cảm ơn|cảnh báo|cập nhật|chào mừng|chỗ trống|chờ duyệt"
    r"|chủ nhật, \d+/\d+|chứng chỉ|chứng thư điện tử|chữ số|có thể|công ty|cơ sở dữ liệu|dây đeo cổ|dữ liệu|đăng ký|đăng nhập|đầu đọc|nơi bạn ở"
    r"|điện thoại|đóng cửa|đỗ xe|đồng bộ|đồng hồ|đồng nghiệp|đông người|gia hạn|ghi lại|ghi nhận|hành chính"
    r"|hoạt động|hôm nay|hội viên|kiểm tra|không mất phí|không thể|khôi phục|khởi động|lái xe|lần nữa|liên kết"
    r"|liên lạc|liên tiếp|lúc \d+:\d+|lượt ra|lượt vào|lý do|mã PIN|màn hình|máy chủ|mở cửa|mở khóa|một lát"
    r"|một ngày|một thẻ|My Number|My Page|ngân hàng|người dùng|người thứ \d+|người vận hành|nhân viên"
    r"|nhật ký|nhầm lẫn|ổ đĩa|phí drop-in|quản lý|quầy lễ tân|ra về|sao lưu|sử dụng|tàu xe|tháng này|tháng sau"
    r"|thanh toán|thay vào đó|theo tháng|thiết bị|thông báo|thời gian|thời hạn|thu hồi|thủ tục|thứ \w+, \d+/\d+"
    r"|tiếng chim hót|tiếp tục|tình trạng|trả lời|trở lại|từ chối|từ đầu|ứng dụng|văn phòng|xác nhận|xác thực"
    r"|thẻ cư trú|thẻ ngoại kiều|yêu cầu|có nhầm lẫn|dùng lại|dùng được|dùng hôm nay|máy khác|ngày bắt đầu|tính là ra"
    r"|nhấn “[^”]+”|\d+ giờ(?: \d+ phút)?|\d+ (?:phút|giây|lần(?: nữa)?|lượt|người)|(?<=[.?!] )\w+ \w+|hãy \w+)(?!\w) ?",
    re.IGNORECASE,
)
"""Vietnamese has a space after every syllable. The first word of a sentence goes with the next, as does a please."""
_SPACES = re.compile(
    rf"(?!{_KOREAN_CLINGS})"
    r"(?<= )(?!(?<=My )Number)(?!(?<=Number )Card)(?!(?<=もう )いちど)(?!(?<=なければ )なりません)(?![^(（]{0,12}[)）])"
    r"(?<![.:] [A-Z][a-z] )(?<![.:] [A-Z][a-z]{2} )(?<![.:] [A-Z][a-z]{3} )(?<! [aeoàéAEOÀÉ] )|(?<=[、。])"
)
"""Words of two parts stay whole, such as the card's name in Latin letters, and so do brackets of a few words.

A short word that begins a sentence does not end a line, nor does a word of one letter.
"""
_READING = re.compile("（[\u3041-\u309f]+")
_LONG_PIECE = 12
"""Letters between two spaces: no longer in やさしい日本語, but for a word with its reading."""
_MARK = "…"


class Typesetter:
    def __init__(self) -> None:
        self._japanese = budoux.load_default_japanese_parser()

    @cached_property
    def _chinese(self) -> budoux.Parser:
        return budoux.load_default_simplified_chinese_parser()

    def phrases(self, text: str, language: Language) -> list[str]:
        """Pieces that stay whole; together they are the text. Characters alone do not tell Chinese from Japanese."""
        pieces = [text]
        if _HAN.search(text) and not _KANA.search(text) and language is Language.ZH_CN:
            pieces = _unbroken(self._chinese.parse(text), _CHINESE_WORDS)
        elif language is Language.JA_EASY and " " in text:
            pieces = [part for piece in _at_spaces(text) for part in self._easy(piece)]
        elif _KANA.search(text) or _HAN.search(text):
            pieces = _unbroken(self._japanese.parse(text), _JAPANESE_WORDS)
        elif language is Language.VI:
            return _kept_together(_unbroken(_at_spaces(text), _VIETNAMESE_WORDS))
        return _kept_together(part for piece in pieces for part in _at_spaces(piece))

    def _easy(self, piece: str) -> list[str]:
        """What staff wrote into it has no spaces, and is broken as any Japanese."""
        if len(piece) <= _LONG_PIECE or _READING.search(piece):
            return [piece]
        return self._japanese.parse(piece)

    def lines(self, text: str, width: float, measure: Measure, language: Language, *, flowing: bool = False) -> str:
        """Newlines set so that no line is wider than `width`, and lines are of like length.

        Japanese, Chinese and Korean sentences begin a line, if they are not `flowing`.
        """
        sentences = [part for part in (text.split("\n") if flowing else _SENTENCE_ENDS.split(text)) if part]
        return "\n".join(line for each in sentences for line in self._balanced(each, width, measure, language))

    def _balanced(self, text: str, width: float, measure: Measure, language: Language) -> list[str]:
        phrases = self.phrases(text, language)
        broken = _fill(phrases, width, measure)
        clauses = _clauses(phrases)  # preferred, if they cost no line
        by_clause = _fill(clauses, width, measure)
        if len(by_clause) == len(broken) and all(measure(line) <= width for line in by_clause):
            phrases, broken = clauses, by_clause
        narrow, wide = width / 2, width
        while wide - narrow > width / 64:
            middle = (narrow + wide) / 2
            closer = _fill(phrases, middle, measure)
            if len(closer) == len(broken) and all(measure(line) <= middle for line in closer):
                broken, wide = closer, middle
            else:
                narrow = middle
        return broken


def elided(text: str, most_lines: int, width: float, measure: Measure) -> str:
    """What fits of lines that will not: so many, none wider than `width`, with a mark where something is left out."""
    lines = text.split("\n")
    cut = [*lines[: most_lines - 1], lines[most_lines - 1] + _MARK] if len(lines) > most_lines else lines
    return "\n".join(_elided_line(line, width, measure) for line in cut)


def _elided_line(line: str, width: float, measure: Measure) -> str:
    if measure(line) <= width:
        return line
    kept = line.rstrip(_MARK)
    while kept and measure(kept + _MARK) > width:
        kept = kept[:-1]
    return kept.rstrip() + _MARK


def _unbroken(pieces: list[str], words: re.Pattern[str]) -> list[str]:
    """With each of the words a piece of its own."""
    text = "".join(pieces)
    found = [word.span() for word in words.finditer(text)]
    inside = {place for start, end in found for place in range(start + 1, end)}
    breaks = {0, *accumulate(map(len, pieces)), *(place for span in found for place in span)} - inside
    return [text[start:end] for start, end in pairwise(sorted(breaks))]


def _at_spaces(piece: str) -> list[str]:
    return _SPACES.split(piece)


def _kept_together(pieces: Iterable[str]) -> list[str]:
    """What may not begin a line goes with the piece before it, and what may not end one with the piece after it.

    Nor is a word torn that is written in letters.
    """
    kept: list[str] = []
    for piece in filter(None, pieces):
        never_apart = (
            piece[0] in _NEVER_FIRST
            or piece.startswith(_LEANS_BACK)
            or piece.strip() in _PARTICLES
            or (kept and kept[-1].rstrip()[-1:] in tuple(_NEVER_LAST))
        )
        if kept and (never_apart or (_is_of_a_word(kept[-1][-1]) and _is_of_a_word(piece[0]))):
            kept[-1] += piece
        else:
            kept.append(piece)
    return kept


def _is_of_a_word(letter: str) -> bool:
    return letter.isalnum() and not _KANA.match(letter) and not _HAN.match(letter)


def _clauses(phrases: list[str]) -> list[str]:
    """Phrases up to a comma or full stop of Japanese or Chinese: where a reader pauses is the better place to break."""
    clauses = [""]
    for phrase in phrases:
        clauses[-1] += phrase
        if phrase.endswith(("、", "，", "。")):
            clauses.append("")
    return clauses if clauses[-1] else clauses[:-1]


def _fill(phrases: list[str], width: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    line = ""
    for phrase in phrases:
        if line and measure((line + phrase).rstrip()) > width:
            lines.append(line.rstrip())
            line = phrase
        else:
            line += phrase
    return [*lines, line.rstrip()]
