"""All pictures of a gallery on one page: `python -m machine.contact_sheet FOLDER`. Chosen by size and language, loaded when seen."""

import re
import sys
from html import escape
from pathlib import Path

_NAME = re.compile(r"(?P<screen>.+)_(?P<language>[a-zA-Z-]+)_(?P<size>\d+x\d+)")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Every screen of the terminal</title>
<style>
body { font: 14px sans-serif; margin: 16px; background: #888; }
nav { position: sticky; top: 0; padding: 8px; background: #fff; }
main { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 12px; }
figure { margin: 0; background: #fff; padding: 6px; }
figure[hidden] { display: none; }
figcaption { max-width: 320px; overflow-wrap: anywhere; }
img { height: 240px; display: block; background: #ccc; }
</style>
<nav>
<select id="size"><option value="">every size</option>SIZES</select>
<select id="language"><option value="">every language</option>LANGUAGES</select>
<input id="screen" placeholder="part of a name">
</nav>
<main>
FIGURES
</main>
<script>
const wishes = ["size", "language", "screen"].map(name => document.getElementById(name));
const figures = [...document.querySelectorAll("figure")];
function choose() {
  const [size, language, screen] = wishes.map(wish => wish.value);
  for (const figure of figures) {
    const { size: itsSize, language: itsLanguage, screen: itsScreen } = figure.dataset;
    figure.hidden = !((!size || size === itsSize) && (!language || language === itsLanguage) && itsScreen.includes(screen));
  }
}
for (const wish of wishes) wish.addEventListener("input", choose);
wishes[0].value = wishes[0].options[1].value;
choose();
</script>
</html>
"""


def sheet(folder: Path) -> str:
    named = [(path.name, found) for path in sorted(folder.glob("*.png")) if (found := _NAME.fullmatch(path.stem))]
    figures = [_figure(name, found["screen"], found["language"], found["size"]) for name, found in named]
    page = _PAGE.replace("SIZES", _options({found["size"] for _, found in named}))
    page = page.replace("LANGUAGES", _options({found["language"] for _, found in named}))
    return page.replace("FIGURES", "\n".join(figures))


def _figure(file: str, screen: str, language: str, size: str) -> str:
    wide, high = size.split("x")
    return (
        f'<figure data-screen="{escape(screen)}" data-language="{escape(language)}" data-size="{size}">'
        f'<a href="{escape(file)}"><img loading="lazy" src="{escape(file)}" alt="" width="{240 * int(wide) // int(high)}"></a>'
        f"<figcaption>{escape(screen)} · {escape(language)} · {size}</figcaption></figure>"
    )


def _options(values: set[str]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in sorted(values))


if __name__ == "__main__":
    (Path(sys.argv[1]) / "index.html").write_text(sheet(Path(sys.argv[1])), encoding="utf-8")
