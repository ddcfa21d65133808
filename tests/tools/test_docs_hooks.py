"""The site's links lead to pages that the site has."""

from tests.conftest import ROOT
from tools import docs_hooks


def test_links_of_the_first_page_lead_into_the_site():
    text = (
        "[a](docs/performance.md#gpu) ![b](docs/growth.png) [c](#d) "
        "[e](https://example.org/docs/x.md) [f](tfformer/errors.py)"
    )
    assert docs_hooks.rebased(text, "") == (
        "[a](performance.md#gpu) ![b](growth.png) [c](#d) "
        "[e](https://example.org/docs/x.md) [f](source/tfformer/errors.py.md)"
    )


def test_links_of_a_page_lead_to_the_first_page_and_to_sources():
    text = "[a](../README.md) [b](../tfformer/errors.py) [c](performance.md)"
    assert docs_hooks.rebased(text, "docs/") == (
        "[a](index.md) [b](source/tfformer/errors.py.md) [c](performance.md)"
    )


def test_whatever_is_linked_has_a_page():
    linked = set(docs_hooks.linked())
    assert linked
    for path in linked:
        assert (ROOT / path).is_file()
        assert docs_hooks.source_page(path)


def test_every_module_has_a_page():
    assert "tfformer.layers.attention" in docs_hooks.modules()
