"""What Numba compiles in these tests is kept for as long as they run, away from what a person has compiled."""

import pytest


@pytest.fixture(scope="package", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
