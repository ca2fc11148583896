"""The same actors as below the screen."""

from tests.activity.conftest import on_stage

__all__ = ["on_stage"]
