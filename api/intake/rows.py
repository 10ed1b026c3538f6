"""A history file's rows as arrays, before they stand on a grid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np


@dataclass(frozen=True, eq=False)
class Rows:
    """The file's rows as arrays, in file order. `times` are UTC where `aware`, else the local clock."""

    path: Path
    rows: np.ndarray
    times: np.ndarray
    aware: bool
    queue_codes: np.ndarray
    queue_names: list[str]
    values: dict[str, np.ndarray]
    notes: list[str] = field(default_factory=list)

    def keep(self, which: np.ndarray) -> Rows:
        """Return the rows `which` alone."""
        return replace(
            self,
            rows=self.rows[which],
            times=self.times[which],
            queue_codes=self.queue_codes[which],
            values={name: column[which] for name, column in self.values.items()},
        )
