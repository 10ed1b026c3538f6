"""What lies beside the project and is not always there: the rulers, and the public data they measure with."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("HUAWU_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))


def shared_bench(name: str, file: str) -> Path | None:
    """Return the folder of a ruler, or None where its `file` is not here."""
    folder = SHARED / "bench" / name
    return folder if (folder / file).is_file() else None
