"""A browser without a window, and the contrast of what it shows."""

import contextlib
import importlib.util
import shutil

import pytest


def _missing():
    """What a browser lacks here; empty if nothing."""
    if importlib.util.find_spec("selenium") is None:
        return "needs the extra [browser]"
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        return "needs Debian's packages chromium and chromium-driver"
    return ""


# A mark and no fixture's skip, which would come after minutes of training.
needs_browser = pytest.mark.skipif(bool(_missing()), reason=_missing())


@contextlib.contextmanager
def open_browser():
    """Starts it, and ends it."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ("headless=new", "no-sandbox", "disable-dev-shm-usage"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    try:
        yield browser
    finally:
        browser.quit()


# Of every text that is seen, the contrast with what is behind it (WCAG 2).
# Behind it are the elements that it is in, each of which may let through what
# is below; text on a canvas, and in a field, is no text of the document.
_CONTRAST = """
const channel = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = (c) => [0.2126, 0.7152, 0.0722].reduce(
  (sum, f, i) => sum + f * channel(c[i] / 255), 0);
const colour = (css) => css.match(/[\\d.]+(e-?\\d+)?/g).map(Number);
const over = ([r, g, b, alpha = 1], below) =>
  [r, g, b].map((v, i) => alpha * v + (1 - alpha) * below[i]);
const paint = (ink, [outer, ...inner], below) => {
  if (!outer) return over(ink, below);
  const { backgroundColor, opacity } = getComputedStyle(outer);
  const ground = over(colour(backgroundColor), below);
  return over([...paint(ink, inner, ground), Number(opacity)], below);
};
const lineage = (e) => e ? [...lineage(e.parentElement), e] : [];
const probe = document.body.appendChild(document.createElement("i"));
probe.style.backgroundColor = "Canvas";
const paper = colour(getComputedStyle(probe).backgroundColor);
probe.remove();
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !e.checkVisibility()) continue;
  const style = getComputedStyle(e);
  const ink = colour(e.closest("svg") ? style.fill : style.color);
  const [a, b] = [ink, [0, 0, 0, 0]].map(
    (c) => light(paint(c, lineage(e), paper)));
  found.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.tagName,
    walker.currentNode.data]);
}
return found;
"""


def contrasts(browser, scheme):
    """Contrast, element and words of every text of the page.

    Args:
        browser: with the page.
        scheme: of the user: light or dark.
    """
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    # A page may draw anew what it draws by a program.
    browser.execute_async_script(
        "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
    )
    return browser.execute_script(_CONTRAST)


def low_contrast(browser, scheme):
    """Those of `contrasts` that are below 4.5 : 1, which level AA asks for."""
    found = contrasts(browser, scheme)
    assert found
    return [entry for entry in found if entry[0] < 4.5]
