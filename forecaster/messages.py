"""What is said to people: a code with its fields, and its sentence in Chinese and in English.

A package's sentences stand in one table, its `sentences.py`, as `code: Words(zh, en)` with fields in braces. Its `say`
puts values to a code, its `refusal` makes an error of it: `raise refusal("history.too_short", days=3)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from types import NoneType
from typing import Literal

Language = Literal["zh", "en"]
Languages = Literal["both", "zh", "en"]
PLAIN_TYPES = frozenset({int, float, str, bool, NoneType})  # the same in every language
LIST_SIGN = {"zh": "、", "en": ", "}


@dataclass(frozen=True)
class Words:
    """The same in Chinese and in English; of a sentence, with fields in braces where values go."""

    zh: str
    en: str

    def said(self, language: Languages) -> str:
        """Return the words in a language, or in both, the Chinese first."""
        return {"zh": self.zh, "en": self.en}.get(language, f"{self.zh} / {self.en}")

    def filled(self, **fields: object) -> Words:
        """Return both sentences with the values put in, each value in the sentence's own language.

        Words and messages have both languages; several values are listed; anything else is written as it is.
        """
        return Words(*self._texts(fields))

    def _texts(self, fields: Mapping[str, object]) -> tuple[str, str]:
        zh, en = dict(fields), dict(fields)
        for name, value in fields.items():
            if type(value) not in PLAIN_TYPES:
                zh[name], en[name] = _in(value, "zh"), _in(value, "en")
        return self.zh.format_map(zh), self.en.format_map(en)


NOTHING = Words("", "")


@dataclass(frozen=True)
class Message(Words):
    """One thing said: its sentences with the values put in, the code they stand under, and the values."""

    code: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        return self.en


class Refusal(ValueError):  # noqa: N818 (not an error of the program: it refuses)
    """Something is not done: its message says what, which value, and the way out."""

    def __init__(self, said: Message) -> None:
        super().__init__(said)

    @property
    def message(self) -> Message:
        """What it says."""
        said: Message = self.args[0]
        return said

    @property
    def zh(self) -> str:
        """What it says, in Chinese; `str()` is the English."""
        return self.message.zh


UNFORESEEN = {"unforeseen": Words("服务器说：{text}", "{text}")}  # somebody else's words, which have no sentence here


def message(sentences: Mapping[str, Words], code: str, /, **fields: object) -> Message:
    """Return the message of a code; a field that is an error stands for what the error says."""
    told = {name: told_of(value) if isinstance(value, BaseException) else value for name, value in fields.items()}
    return Message(*sentences[code]._texts(told), code, told)


def refused(sentences: Mapping[str, Words], code: str, /, **fields: object) -> Refusal:
    """Return the refusal that a code says."""
    return Refusal(message(sentences, code, **fields))


def told_of(error: BaseException) -> Message:
    """Return what an error says: its own message, or the words of whoever raised it, marked as theirs."""
    return error.message if isinstance(error, Refusal) else unforeseen(str(error))


def unforeseen(text: str) -> Message:
    """Return words that have no sentence of their own as a message."""
    return message(UNFORESEEN, "unforeseen", text=text)


def quoted(text: str) -> Words:
    """Return a text in quotation marks."""
    return Words(f"“{text}”", repr(text))


def _in(value: object, language: Language) -> object:
    if isinstance(value, Words):
        return value.zh if language == "zh" else value.en
    if isinstance(value, Sequence | Set) and not isinstance(value, str | bytes):
        return LIST_SIGN[language].join(str(_in(one, language)) for one in value)
    return value
