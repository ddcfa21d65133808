"""The page, in a real browser."""

import json
import shutil

import pytest
import requests

from tests.browser import low_contrast, needs_browser, open_browser
from tests.serving.conftest import Server, saved_model_answers
from tfformer.data.pocket import triples

# Minutes of processes that start and stop; the rest of this room is quick.
pytestmark = [pytest.mark.slow, needs_browser]
TEXT = next(iter(triples("test", 1))).english


@pytest.fixture(scope="module")
def browser():
    with open_browser() as found:
        yield found


@pytest.fixture
def phone(browser):
    """The browser, as narrow as a phone."""
    browser.set_window_size(500, 800)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True},
    )
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def find(browser, name):
    return browser.find_element("id", name)


def wait(browser, condition):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 120).until(lambda _: condition())


def open_page(browser, server):
    browser.get(server.url)
    body = browser.find_element("tag name", "body")
    wait(browser, lambda: body.get_attribute("data-ready"))


def ask(browser, text):
    """Types and sends with the keyboard alone."""
    assert browser.switch_to.active_element == find(browser, "text")
    find(browser, "text").send_keys(text, "\n")
    wait(browser, lambda: find(browser, "attention").is_displayed())


def test_a_sentence_is_translated_and_shown(
    browser, server, exported_translator
):
    open_page(browser, server)
    ask(browser, TEXT)
    (answer,) = saved_model_answers(exported_translator / "1", [TEXT])
    assert find(browser, "output").text == answer
    items = browser.find_elements("css selector", "#n-best li")
    assert len(items) == 4
    assert "words/s" in find(browser, "status").text
    rows = browser.find_elements("css selector", "#matrix tbody tr")
    columns = browser.find_elements("css selector", "#matrix thead th")
    cells = rows[0].find_elements("tag name", "td")
    assert len(cells) == len(columns) > 1
    find(browser, "head").send_keys("1")
    assert find(browser, "head").get_attribute("value") == "1"
    # The first shown is of the default search, whose beam may be another.
    for item in items[1::-1]:
        item.find_element("tag name", "button").click()
        assert item.text.startswith(find(browser, "output").text)
        # The attention stays, and says whose it is.
        assert find(browser, "attended").text == answer
    assert low_contrast(browser, "light") == []
    assert low_contrast(browser, "dark") == []
    assert browser.get_log("browser") == []


def test_what_a_user_types_is_never_html(browser, server):
    open_page(browser, server)
    ask(browser, "<img src=x onerror=document.title='taken'> <b>bold</b>")
    assert browser.find_elements("css selector", "main img, main b") == []
    assert "taken" not in browser.title


def test_it_fits_a_phone_and_tells_what_is_wrong(phone, server):
    open_page(phone, server)
    ask(phone, TEXT)
    width = phone.execute_script("return document.documentElement.scrollWidth")
    assert width <= 360
    find(phone, "text").clear()
    phone.execute_script(
        "document.getElementById('text').value = 'a'.repeat(3000)"
    )
    find(phone, "send").click()
    wait(phone, lambda: find(phone, "error").text)
    assert "must not exceed 2000" in find(phone, "error").text
    assert low_contrast(phone, "light") == []
    assert low_contrast(phone, "dark") == []
    phone.get_log("browser")


def test_a_number_stands_beside_the_first_line_of_its_text(phone, server):
    open_page(phone, server)
    ask(phone, TEXT)
    # An empty element stands on the line that the item's number stands on.
    number, first, height = phone.execute_script("""
        const item = document.querySelector("#n-best li");
        const button = item.querySelector("button");
        const number = document.createElement("span");
        button.textContent = "word ".repeat(40);
        item.prepend(number);
        const text = button.getBoundingClientRect();
        return [number.getBoundingClientRect().top, text.top, text.height];
    """)
    assert height > 60
    assert abs(number - first) < 10


def test_the_caption_of_a_wide_matrix_is_in_sight(phone, server):
    open_page(phone, server)
    ask(phone, f"{TEXT} {TEXT}")
    for part in (0, 1):
        left, right, hidden, scrolled = phone.execute_script(
            """
            const box = document.querySelector("#attention .scroll");
            const hidden = box.scrollWidth - box.clientWidth;
            box.scrollLeft = arguments[0] * hidden;
            const text = document.createRange();
            text.selectNodeContents(box.querySelector("caption"));
            const [inner, outer] = [text, box].map(
              (part) => part.getBoundingClientRect());
            return [inner.left - outer.left, outer.right - inner.right,
              hidden, box.scrollLeft];
            """,
            part,
        )
        assert hidden > 0 and abs(scrolled - part * hidden) < 1
        assert left > -1 and right > -1


def test_a_row_scrolled_aside_keeps_its_name_in_front(phone, server):
    open_page(phone, server)
    ask(phone, f"{TEXT} {TEXT}")
    covered = phone.execute_script("""
        const box = document.querySelector("#attention .scroll");
        box.scrollIntoView();
        box.scrollLeft = box.scrollWidth;
        return [...box.querySelectorAll("th[scope=row]")].filter((name) => {
          const { left, right, top, bottom } = name.getBoundingClientRect();
          const seen = document.elementFromPoint(
            (left + right) / 2, (top + bottom) / 2);
          return seen && !name.contains(seen);
        }).map((name) => name.textContent);
    """)
    assert covered == []


def test_it_says_when_no_version_is_served(
    browser, exported_translator, tmp_path
):
    folder = tmp_path / "tiny"
    shutil.copytree(exported_translator / "1", folder / "1")
    server = Server(folder, "--poll_seconds=0.1")
    try:
        shutil.rmtree(folder / "1")
        health = f"{server.url}/healthz"
        wait(
            browser, lambda: requests.get(health, timeout=60).status_code == 503
        )
        browser.get(server.url)
        wait(browser, lambda: find(browser, "error").text)
        assert find(browser, "error").text == "no version is served"
        # The browser writes the 503 down.
        browser.get_log("browser")
    finally:
        assert server.stop() == 0


def test_a_parse_is_drawn_as_a_tree(browser, exported_parser):
    server = Server(exported_parser)
    try:
        open_page(browser, server)
        ask(browser, TEXT)
        tree = find(browser, "tree")
        assert tree.is_displayed()
        assert not find(browser, "output").is_displayed()
        words = [
            word.text
            for word in tree.find_elements("css selector", "text.word")
        ]
        assert "".join(words) == TEXT.replace(" ", ""), json.dumps(words)
        assert low_contrast(browser, "light") == []
        assert low_contrast(browser, "dark") == []
    finally:
        assert server.stop() == 0
