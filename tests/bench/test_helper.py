"""A helper that fails is an error, and none is left behind."""

import pytest

from bench.address import Address
from bench.errors import HelperFailed
from bench.helper import Helper
from bench.job import LoadJob


async def test_a_helper_that_ends_is_an_error() -> None:
    """A helper that cannot connect ends before it is ready, and whoever waits for it hears so."""
    nobody = LoadJob(at=Address(port=1), requests=["x"], connections=1, seconds=1.0)
    with pytest.raises(HelperFailed, match=r"bench\.load ended without a result"):
        async with Helper("bench.load", nobody):
            pass
