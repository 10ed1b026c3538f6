"""A message says the same in both languages, survives a process's border, and carries what caused it."""

from __future__ import annotations

import pickle
from datetime import date

import pytest

from forecaster.messages import Refusal, Words, message, told_of
from forecaster.names import ROLE_WORDS, called

SENTENCES = {
    "role": Words("工号 {badge}：未知的岗位“{role}”；请用其中之一：{known}",
                  "badge {badge}: unknown role {role!r}; use {known}"),
    "row": Words("第 {row} 行：{cause}", "row {row}: {cause}"),
    "hours": Words("{hours:.1f} 小时，自 {day}", "{hours:.1f} h since {day}"),
}  # fmt: skip


def test_a_message_is_said_in_either_language_with_names_in_the_languages_own_words():
    told = message(SENTENCES, "role", badge="7", role="expret", known=[called("expert"), called("qa")])
    assert str(told) == told.en == "badge 7: unknown role 'expret'; use expert, qa"
    assert told.zh == "工号 7：未知的岗位“expret”；请用其中之一：流动专家、质检"
    assert told.said("both") == f"{told.zh} / {told.en}"


def test_values_keep_their_formats():
    told = message(SENTENCES, "hours", hours=2.25, day=date(2026, 12, 3))
    assert (told.zh, told.en) == ("2.2 小时，自 2026-12-03", "2.2 h since 2026-12-03")


def test_a_refusal_is_a_value_error_that_survives_pickling_and_stands_within_another():
    inner = Refusal(message(SENTENCES, "role", badge="7", role="x", known=[called("vip")]))
    outer = pickle.loads(pickle.dumps(Refusal(message(SENTENCES, "row", row=3, cause=inner))))
    assert isinstance(outer, ValueError)
    assert str(outer) == "row 3: badge 7: unknown role 'x'; use vip"
    assert outer.zh == "第 3 行：工号 7：未知的岗位“x”；请用其中之一：VIP 座席"
    assert outer.message.code == "row"


def test_an_error_without_a_sentence_is_marked_as_somebody_elses_words():
    assert told_of(OSError("disk full")).zh == "服务器说：disk full"
    assert message(SENTENCES, "row", row=1, cause=OSError("disk full")).zh == "第 1 行：服务器说：disk full"


def test_a_code_without_a_sentence_is_a_mistake_of_the_program():
    with pytest.raises(KeyError, match=r"no\.such"):
        message(SENTENCES, "no.such")


def test_no_two_roles_are_called_the_same():
    for language in ("zh", "en"):
        assert len({words.said(language) for words in ROLE_WORDS.values()}) == len(ROLE_WORDS)
