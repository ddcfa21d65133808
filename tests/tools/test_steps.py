import pytest

from tfformer.errors import UserError
from tools.steps import run_step


def test_a_step_that_fails_ends_what_it_is_a_step_of():
    told = []
    with pytest.raises(UserError, match="tools.cost failed; see above"):
        run_step("tools.cost", "--preset=none", say=told.append)
    assert told[0].endswith("-m tools.cost --preset=none")
    assert told[-1].startswith("error: ")
