"""A frame's rows as plain JSON values."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd


def json_rows(frame: pd.DataFrame, *, digits: int | None = None) -> list[dict[str, Any]]:
    """Return a frame's rows as plain values: instants and dates in ISO 8601, None where there is nothing.

    digits
        Decimals that fractions are rounded to; None: as they are.
    """

    def plain(value: Any) -> Any:
        if pd.isna(value):
            return None
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and digits is not None:
            return round(value, digits)
        return value.isoformat() if isinstance(value, date) else value

    return [{str(name): plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
