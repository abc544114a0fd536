"""Takes the README's picture of the page again: python demos/pictures/screenshot.py [directory]

It needs Chromium and Playwright (pip install playwright); CHROMIUM in the environment says where
the browser is, if it is not on the PATH.
"""

import os
import pathlib
import shutil
import sys
import tempfile

import autograd_mini as am

STEP = 15  # the second contribution comes to w


def take(directory):
    """The page of a neuron that uses its weight twice, at the step where its gradient is a sum."""
    from playwright.sync_api import sync_playwright

    neuron = am.parse("tanh(w*x + w*b)", w=0.2, x=3.0, b=-1.0)
    neuron.label = "L"
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = am.explore(neuron).save(pathlib.Path(folder, "page.html"))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1100, "height": 780}, reduced_motion="reduce")
        tab.goto(page.as_uri())
        tab.fill("#timeline", str(STEP))
        tab.evaluate("document.activeElement.blur()")
        tab.screenshot(path=pathlib.Path(directory, "page.png"))
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
