"""A report as one HTML page that needs nothing else: the look that all of them share, and their head."""

from __future__ import annotations

from html import escape

from forecaster.messages import Language, Words

STYLE = """body{font:15px/1.5 system-ui,"Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;margin:2rem auto;
max-width:70rem;padding:0 1rem;color:#222}h1,h2{color:#2F5D8A}table{border-collapse:collapse;margin:.7rem 0}
td,th{border-bottom:1px solid #dde2ea;padding:.25rem .7rem;text-align:left}td.n{text-align:right}
svg{max-width:100%;height:auto}details{margin:.5rem 0}.ok{color:#2b7a4b}"""


def html_page(title: str, *parts: str, style: str = STYLE, language: Language = "zh") -> str:
    """Return a page of `parts`, which are HTML, under a title, which is text."""
    head = f"<!doctype html><html lang='{language}'><meta charset='utf-8'><title>{escape(title)}</title>"
    return "\n".join([f"{head}<style>{style}</style>", *parts, "</html>\n"])


def both_once(words: Words) -> str:
    """Return words in both languages, once where they are the same."""
    return words.zh if words.zh == words.en else f"{words.zh} {words.en}"
