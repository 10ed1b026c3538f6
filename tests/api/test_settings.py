"""The service's settings file: what stands in it is taken as what it is, or refused by its place and its value."""

from __future__ import annotations

import pytest

from api.settings import settings_from

PERSON = '[[on_call]]\nwho = "8001"\n'
HOOK = '[[webhook]]\nname = "floor"\nurl = "https://example.org/x"\n'


def settings(tmp_path, text):
    file = tmp_path / "huawu.toml"
    file.write_text(text, encoding="utf-8")
    return settings_from({}, file=file)


def test_the_tables_are_taken_as_they_stand(tmp_path):
    told = settings(
        tmp_path,
        HOOK + 'queues = ["vip"]\nper_minute = 5\nprivate = true\nlanguage = "en"\n'
        '[[on_call]]\nwho = 8001\nchannel = "floor"\nbegin = "20:00"\nend = "08:00"\ndays = ["mon"]\n',
    )  # fmt: skip
    (hook,), (person,) = told.webhooks, told.on_call
    assert (hook.queues, hook.per_minute, hook.private, hook.language) == (("vip",), 5, True, "en")
    assert (person.who, person.days) == ("8001", ("mon",)), "a badge is text, with quotation marks or without"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HOOK + 'queues = "hotline"', "[[webhook]] 1 queues = 'hotline' must be a list"),
        (HOOK + "per_minute = 0", "[[webhook]] 1 per_minute = 0 must be above 0"),
        (HOOK + "per_minute = 1.5", "[[webhook]] 1 per_minute = 1.5 must be a whole number"),
        (HOOK + 'private = "perhaps"', "[[webhook]] 1 private = 'perhaps' must be true or false"),
        (HOOK + 'language = "fr"', "[[webhook]] 1 language = 'fr' is none of zh, en"),
        (HOOK + 'kind = "pager"', "[[webhook]] 1 kind = 'pager' is none of json, wecom"),
        (HOOK + HOOK, "[[webhook]] 2: there is a webhook called 'floor' already"),
        ('webhook = ["floor"]', "[[webhook]] 1: is not a table"),
        ("webhook = 5", "webhook = 5 must be a list"),
        (HOOK + PERSON + 'channel = "wall"', "a channel of floor, not wall"),
        (HOOK + PERSON + 'channel = "floor"\ndays = "mon"', "[[on_call]] 1 days = 'mon' must be a list"),
        (HOOK + PERSON + 'channel = "floor"\nend = "25:00"', "[[on_call]] 1: end = '25:00'"),
        ("ladders = 5", "[ladders]: is not a table"),
        ("heartbeat = 5", "[heartbeat]: is not a table"),
        ("tick_seconds = nan", "tick_seconds = nan must be above 0"),
        ("tick_seconds = true", "tick_seconds = True must be a number"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place_and_value(tmp_path, text, said):
    with pytest.raises(ValueError) as refused:
        settings(tmp_path, text)
    assert said in str(refused.value)
