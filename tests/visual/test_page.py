import html.parser
import json
import re
import shutil
import subprocess

import pytest

from tests.visual.sample import sample
from tfformer.visual.page import render

HOSTILE = "</script><script>document.title='broken'</script> <b>&amp; @DATA@"


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
        timeout=120,
    )
    page = done.stdout.decode()
    assert page.count('class="token key"') == 5
    assert page.count("head 4") == 1 and "<svg" in page
    assert "cat</text>" in page and "<title>broken" not in page
