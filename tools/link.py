"""Make this checkout usable in its environment: the package, its command, its translations.

A path file and a two-line script, instead of a build: nothing is fetched and nothing compiled.
"""

import sys
import sysconfig
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent

COMMAND = """#!{python}
import sys

from pennywhistle.config.main import main

# Worker processes of a pool load this file too, and must not run the command again.
if __name__ == "__main__":
    sys.exit(main())
"""


def link() -> None:
    """Write the path file and the command."""
    site = Path(sysconfig.get_paths()["purelib"])
    (site / "pennywhistle.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    command = Path(sys.executable).parent / "pennywhistle"
    command.write_text(COMMAND.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)


def compile_messages() -> None:
    """Compile the translations."""
    for source in ROOT.glob("src/pennywhistle/locale/*/LC_MESSAGES/django.po"):
        with source.open("rb") as opened:
            catalog = read_po(opened)
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalog)


if __name__ == "__main__":
    link()
    compile_messages()
