"""`huawu connect` says what it lacks before it looks at a switch."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ami", "--queue", "hotline"], "a writer's key is needed"),
        (["poll", "x.json", "--fields", "none.toml"], "there is no such file"),
    ],
    ids=["no key", "no field map"],
)
def test_what_a_connector_lacks_is_said(huawu, arguments, says):
    code, _, error = huawu("connect", *arguments)
    assert (code, says in error) == (2, True)
