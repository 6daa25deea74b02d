"""Finds the built programs."""

import os
from pathlib import Path

from .errors import ToolError

ROOT = Path(__file__).resolve().parents[3]


def find(name: str, bin_dir: str | None = None) -> Path:
    """Looks in bin_dir (--bin DIR), else $CAUSEWAY_BIN, else the release build, else the dev build."""
    given = bin_dir or os.environ.get("CAUSEWAY_BIN")
    folders = [Path(given)] if given else [ROOT / "build" / preset / "bin" for preset in ("release", "dev")]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise ToolError(f"{name} is not built (looked in {', '.join(map(str, folders))}): "
                   f"cmake --preset release && cmake --build --preset release --target {name}")
