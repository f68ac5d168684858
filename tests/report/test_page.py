"""The page: what its markup promises to a reader with a keyboard or a screen reader, and what a browser makes of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from sample_report import ATTACK, report

from suzhou_antidrug.report.page import TEMPLATES, render_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
READABLE = 4.5  # contrast of small print, WCAG 2.2 criterion 1.4.3
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collects elements with their attributes, and checks that they nest."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]


@pytest.fixture(scope="module")
def text():
    return render_page(report())


@pytest.fixture(scope="module")
def page(text):
    return Reader(text)


def test_elements_nest_and_ids_are_one_each(page):
    assert page.open == []
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    named = [a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    links = [a["href"][1:] for a in page.all("a")]
    assert set(named) | set(links) <= set(ids)


def test_headings_step_down_one_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert 3 in levels


def test_skip_link_contents_and_folded_parts(page):
    first = next(a for tag, a in page.elements if tag == "a")
    assert first == {"class": "skip", "href": "#main"}
    links = [a["href"] for a in page.all("a")]
    assert links == ["#main", "#first", "#second", "#p1", "#p2"]
    assert [a["id"] for a in page.all("details")] == ["p1", "p2"]


def test_languages_are_marked(page):
    assert page.all("html")[0]["lang"] == "zh-CN"
    words = [a for a in page.all("span") if a.get("class") in ("zh", "en") and "lang" not in a]
    assert words == []
    assert Reader(render_page(report(), language="en")).all("html")[0]["lang"] == "en"


def test_every_head_is_a_button_and_every_figure_has_words(page):
    heads = page.all("th")
    assert len(heads) == 12 and all(a["scope"] == "col" and a["aria-sort"] == "none" for a in heads)
    assert len(page.all("button")) == len(heads) + 1
    assert [a["aria-label"] for a in page.all("div") if a.get("role") == "img"] == [
        "折线先升后降",
        "a line that rises, then falls",
    ]


def test_nothing_is_fetched_and_no_script_holds_data(page, text):
    assert not [a for _, a in page.elements if {"src", "action", "srcset"} & a.keys()]
    assert page.all("link", "iframe", "object", "img") == []
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    assert scripts[0] in (TEMPLATES / "page.html.j2").read_text(encoding="utf-8")  # nothing was filled into it
    assert "default-src 'none'" in page.all("meta")[2]["content"]


def test_text_from_data_is_escaped(text):
    assert ATTACK.zh not in text and ATTACK.en not in text
    assert "<script>alert" not in text and "<img" not in text


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_letters_stand_out(text):
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", text))
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    for ink in ("ink", "soft", "accent"):
        for ground in ("paper", "tint"):
            assert contrast(colours[ink], colours[ground]) >= READABLE, (ink, ground)
    assert contrast(colours["ink"], "#fdf1e8") >= READABLE


def test_word_verdicts_stand_out():
    styles = pytest.importorskip("suzhou_antidrug.report.word_styles")
    for ink in styles.INKS.values():
        assert contrast(f"#{ink.lower()}", "#ffffff") >= READABLE


DRIVER = """
<script>
(function () {
  var out = { violations: VIOLATIONS, errors: ERRORS };
  var table = document.querySelector("table"), heads = table.querySelectorAll("th");
  function column(i) { return Array.from(table.tBodies[0].rows).map(function (r) { return r.cells[i].innerText.trim(); }); }
  function sort(i) { heads[i].querySelector("button").click(); return [heads[i].getAttribute("aria-sort"), column(i)]; }
  function shown(l) {
    return Array.from(document.querySelectorAll("." + l)).filter(function (e) { return getComputedStyle(e).display !== "none"; }).length;
  }
  out.score = [sort(1), sort(1)]; out.share = [sort(2), sort(2)]; out.verdict = [sort(3)]; out.place = [sort(0)];
  out.sorted = Array.from(heads).map(function (h) { return h.getAttribute("aria-sort"); });
  var button = heads[1].querySelector("button"); button.focus(); out.focus = document.activeElement === button;
  out.zh = [document.querySelector("h1").innerText, document.title, document.documentElement.lang, shown("zh") > 0, shown("en")];
  document.getElementById("switch").click();
  out.en = [document.querySelector("h1").innerText, document.title, document.documentElement.lang, shown("en") > 0, shown("zh")];
  document.getElementById("switch").click(); out.back = document.documentElement.lang;
  out.closed = document.querySelectorAll("details[open]").length;
  window.dispatchEvent(new Event("beforeprint")); out.printed = document.querySelectorAll("details[open]").length;
  window.dispatchEvent(new Event("afterprint")); out.after = document.querySelectorAll("details[open]").length;
  location.hash = "#p2-table-2";
  setTimeout(function () {
    out.unfolded = document.getElementById("p2").open;
    out.resources = performance.getEntriesByType("resource").map(function (e) { return e.name; });
    var pre = document.createElement("pre"); pre.id = "result"; pre.textContent = JSON.stringify(out); document.body.appendChild(pre);
  }, 300);
})();
</script>
"""
WATCH = """<script>var VIOLATIONS = [], ERRORS = [];
document.addEventListener("securitypolicyviolation", function (e) { VIOLATIONS.push(e.blockedURI); });
window.addEventListener("error", function (e) { ERRORS.push(e.message); });</script>"""


@pytest.fixture(scope="module")
def seen(text, tmp_path_factory):
    """What a browser made of the page, with a script of the test that presses its buttons."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the page is not tried in a browser")
    folder = tmp_path_factory.mktemp("page")
    driven = text.replace("<style>", WATCH + "<style>", 1).replace("</body>", DRIVER + "</body>")
    (folder / "index.html").write_text(driven, encoding="utf-8")
    command = [
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
        "--virtual-time-budget=3000", "--disable-background-networking", "--dump-dom", (folder / "index.html").as_uri(),
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, timeout=120, check=False)
    found = re.search(r'<pre id="result">(.*?)</pre>', run.stdout.decode("utf-8", "replace"), re.DOTALL)
    if found is None:
        pytest.skip(f"Chromium did not start: {run.stderr[-300:]!r}")
    import html

    return json.loads(html.unescape(found.group(1))) | {
        "console": re.findall(r".*CONSOLE.*", run.stderr.decode("utf-8", "replace"))
    }


def test_a_browser_sorts_by_number_words_and_verdict(seen):
    up, down = seen["score"]
    assert up == ["ascending", ["-5", "9", "90.5", "100"]]
    assert down == ["descending", ["100", "90.5", "9", "-5"]]
    assert seen["share"] == [
        ["ascending", ["-10.0%", "25.0%", "50.0%", "—"]],
        ["descending", ["50.0%", "25.0%", "-10.0%", "—"]],
    ]
    assert seen["verdict"] == [["ascending", ["达成", "未达成", "证据不足", "不可评"]]]
    assert [p for p in seen["place"][0][1] if not p.startswith("=")] == ["常熟市", "昆山市", "太仓市"]  # by pinyin
    assert seen["sorted"] == ["ascending", "none", "none", "none"]
    assert seen["focus"] is True


def test_a_browser_shows_one_language_at_a_time(seen):
    assert seen["zh"] == ["评估", "评估", "zh-CN", True, 0]
    assert seen["en"] == ["Evaluation", "Evaluation", "en", True, 0]
    assert seen["back"] == "zh-CN"


def test_a_browser_unfolds_for_print_and_for_links(seen):
    assert (seen["closed"], seen["printed"], seen["after"]) == (0, 2, 0)
    assert seen["unfolded"] is True


def test_a_browser_asks_nobody_and_reports_no_error(seen):
    assert seen["resources"] == [] and seen["violations"] == [] and seen["errors"] == [] and seen["console"] == []
