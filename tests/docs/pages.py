"""The project's pages as the specifications read them: prose, code, links, headings."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def blocks(self) -> list[str]:
        return [match[2] for match in _FENCE.finditer(self.text)]

    @property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    @property
    def inline_code(self) -> list[str]:
        return _INLINE.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def levels(self) -> list[int]:
        return [len(match[1]) for match in _HEADING.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """As GitHub makes them."""
        return {
            re.sub(r"[^\w\- ]", "", match[2]).strip().lower().replace(" ", "-")
            for match in _HEADING.finditer(self.prose)
        }


PAGES = [Page(path) for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))]
GUIDES = [
    (Page(ROOT / f"docs/{name}.md"), Page(ROOT / f"docs/{name}.ja.md")) for name in ("operator", "desk", "acceptance")
]
OPERATOR, OPERATOR_JA = GUIDES[0]
