"""Compiles the catalogue of what typer says, service/locale/…/messages.po, beside it; a test holds the two together.

Run it as `python -m scripts.catalogue` from the root of the repository.
"""

from pathlib import Path
from typing import Final

import polib

SOURCE: Final = Path("service/locale/zh_CN/LC_MESSAGES/messages.po")


def main() -> None:
    """Write messages.mo."""
    polib.pofile(str(SOURCE)).save_as_mofile(str(SOURCE.with_suffix(".mo")))


if __name__ == "__main__":
    main()
