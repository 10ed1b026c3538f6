"""What is installed on request alone (`pip install 'huawu[NAME]'`): its absence is one sentence, not a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from api.sentences import say
from forecaster.messages import Refusal, Words

EXTRAS = {
    "pictures": Words("图表与 PDF 需另行安装", "charts and PDF files need more"),
    "postgresql": Words("PostgreSQL 需另行安装", "PostgreSQL needs more"),
}


class MissingExtra(Refusal):
    """Something needs an extra that is not installed."""


@contextmanager
def of_extra(name: str) -> Iterator[None]:
    """Import inside what the extra `name` brings.

    Raises
    ------
    MissingExtra
        If it is not installed, with the command that installs it.
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtra(say("extra.missing", what=EXTRAS[name], extra=name)) from error
