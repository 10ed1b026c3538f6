"""Sentences for people, in the two languages of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
Languages = Literal["both", "zh", "en"]


@dataclass(frozen=True)
class Sentence:
    """One sentence, in Chinese and in English."""

    zh: str
    en: str

    def said(self, language: Languages) -> str:
        """Return the sentence in a language, or in both, the Chinese first."""
        return {"zh": self.zh, "en": self.en}.get(language, f"{self.zh} / {self.en}")
