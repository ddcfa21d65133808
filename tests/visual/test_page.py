import dataclasses
import html.parser
import json
import re
import shutil
import subprocess

import pytest

from tests.browser import contrasts, low_contrast, needs_browser, open_browser
from tests.conftest import ROOT
from tests.visual.sample import sample
from tfformer.visual.page import render

HOSTILE = (
    "@DATA@ @TITLE@ </script><script>document.title='broken'</script> "
    "<b>&amp; @DATA@"
)


class Scripts(html.parser.HTMLParser):
    """Collects what is inside of script elements."""

    def __init__(self):
        super().__init__()
        self.found, self._inside = [], False

    def handle_starttag(self, tag, attributes):
        self._inside = tag == "script"
        if self._inside:
            self.found.append("")

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "script"

    def handle_data(self, data):
        if self._inside:
            self.found[-1] += data


def test_no_text_can_leave_its_place():
    parser = Scripts()
    parser.feed(render(sample(HOSTILE)))
    assert len(parser.found) == 2
    assert json.loads(parser.found[0])["text"] == HOSTILE


@pytest.mark.parametrize("path", ["serving/page/page.js", "visual/page.html"])
def test_a_word_of_a_tree_ends_at_plain_space_alone(path):
    """JavaScript's own kinds of space are others than the treebank's."""
    page = (ROOT / "tfformer" / path).read_text()
    (pattern,) = re.findall(r"text\.match\(/(.*)/g\)", page)
    words = ["a\ufeffb", "a\xa0b", "\ufeff", "(", ")"]
    assert re.findall(pattern, " ".join(words)) == words
    assert "\\s" not in pattern


def test_it_needs_no_network():
    addresses = re.findall(r"https?://[^\"' ]+", render(sample()))
    # The name of SVG's elements, which nobody fetches.
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}
    assert "src=" not in render(sample())


def test_a_browser_draws_it(tmp_path):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    (tmp_path / "page.html").write_text(render(sample(HOSTILE)))
    done = subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=2000",
            "--dump-dom",
            f"file://{tmp_path / 'page.html'}",
        ],
        capture_output=True,
        timeout=300,
    )
    page = done.stdout.decode()
    assert page.count('class="token key"') == 5
    assert page.count("head 4") == 1 and "<svg" in page
    assert "cat</text>" in page and "<title>broken" not in page


@pytest.fixture(scope="module")
def browser():
    with open_browser() as found:
        yield found


def show(browser, path, page):
    path.write_text(page, encoding="utf-8")
    browser.get(path.as_uri())


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(browser, tmp_path, scheme):
    drawn = sample()
    # Whole weights give a token's ground the most hue that it can have.
    whole = {
        kind: (weights == weights.max(-1, keepdims=True)).astype(float)
        for kind, weights in drawn.attention.items()
    }
    explanation = dataclasses.replace(drawn, attention=whole)
    show(browser, tmp_path / "page.html", render(explanation))
    assert low_contrast(browser, scheme) == []


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("style", "scheme", "wanted"),
    [
        ("color: #000; background: #fff", "light", 21),
        # Grey of 127.5 on either: (0.214 + 0.05) / 0.05 and 1.05 / 0.264.
        ("color: #000; background: rgba(0, 0, 0, 0.5)", "light", 5.28),
        ("color: rgba(255, 255, 255, 0.5); background: #000", "light", 5.28),
        ("color: #000; background: #fff; opacity: 0.5", "light", 3.98),
        # Chromium's paper is #121212 then: 1.05 / 0.056.
        ("color: #fff", "dark", 18.73),
    ],
)
def test_contrast_is_that_of_what_is_seen(
    browser, tmp_path, style, scheme, wanted
):
    either = "<meta name='color-scheme' content='light dark'>"
    page = f"{either}<p style='{style}'>text</p>"
    show(browser, tmp_path / "page.html", page)
    ((found, *_),) = contrasts(browser, scheme)
    assert found == pytest.approx(wanted, abs=0.01)
