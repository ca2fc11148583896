"""The same actors and servers as below the screen."""

from tests.activity.conftest import on_stage
from tests.activity.test_statements import counting

__all__ = ["counting", "on_stage"]
