"""For every test: torch on one thread, so that the oracle does not crowd out its neighbours; no clock in a property.

And a browser, for those that look at a page.
"""

import pytest
import torch
from hypothesis import settings

from tests import chromium

torch.set_num_threads(1)
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium. Without one, the test is skipped."""
    if chromium.path() is None:
        pytest.skip(chromium.REASON)
    with chromium.Chromium() as browser:
        yield browser
