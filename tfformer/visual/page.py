"""An explanation as one HTML file that needs no network."""

import html
import json
import pathlib

from tfformer.visual.explanation import Explanation

_TEMPLATE = pathlib.Path(__file__).with_name("page.html")


def render(explanation: Explanation) -> str:
    """Returns the page.

    Text is embedded as JSON and put on the page as text, never as markup, so
    that a sentence with tags or scripts in it is only shown.
    """
    data = json.dumps(explanation.to_dict(), separators=(",", ":"))
    # "</script>" would end the element, wherever it stands.
    data = data.replace("<", "\\u003c")
    title = html.escape(explanation.text[:60])
    page = _TEMPLATE.read_text(encoding="utf-8")
    # Each mark once and the title last: a mark within the user's text stays.
    return page.replace("@DATA@", data, 1).replace("@TITLE@", title, 1)
