"""What a client says that it has."""

import pytest

from ext_proc.results.status.condition import Condition


@pytest.mark.parametrize(
    "values", [['"a"'], ['W/"a"'], ['"x", "a"'], ['"x"', '"a"'], ['"x",W/"a" , "y"'], ["*"], [" * "]]
)
def test_it_has_it(values: list[str]) -> None:
    """A tag among several, weak or strong, on one line or several; and any, where it says so."""
    condition = Condition.parse(values)
    assert condition.matches('"a"')
    assert not condition.differs('"a"')


@pytest.mark.parametrize("values", [['"b"'], ['"a b"', '"ab"'], ['W/"b"'], ['"A"']])
def test_it_has_another(values: list[str]) -> None:
    """Other tags are compared to the letter."""
    condition = Condition.parse(values)
    assert not condition.matches('"a"')
    assert condition.differs('"a"')


@pytest.mark.parametrize("values", [[], [""], ["a"], ['"a'], ["nonsense"]])
def test_it_has_nothing(values: list[str]) -> None:
    """Without a tag nothing matches, and nothing has changed."""
    condition = Condition.parse(values)
    assert not condition.matches('"a"')
    assert not condition.differs('"a"')
