"""What a person sees of a page, and what she does."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def click(page: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """Every text on the page, one below the other, without the signs that keep Markdown from reading it."""
    shown = (*page.markdown, *page.caption, *page.info, *page.warning, *page.error, *page.success)
    return "\n".join(str(each.value) for each in shown).replace("\\", "")
