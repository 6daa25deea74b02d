"""The files that a lint looks at, and what it says about them."""

import pathlib
import re
import subprocess
from dataclasses import dataclass

CPP_SUFFIXES = (".cpp", ".h")


@dataclass(frozen=True, order=True)
class Finding:
    """One breach of a rule. The message ends with what to do about it."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class SourceTree:
    """Every file under version control or about to be, by its path from the root."""

    def __init__(self, root, paths=None):
        self.root = pathlib.Path(root)
        self.paths = sorted(self._listed_by_git() if paths is None else paths)

    def _listed_by_git(self):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=self.root, capture_output=True, check=True).stdout
        names = {name for name in listed.decode().split("\0") if name}
        return [name for name in names if (self.root / name).is_file()]

    def cpp_files(self):
        return [path for path in self.paths if path.endswith(CPP_SUFFIXES)]

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        """(number from 1, text) of each line."""
        return enumerate(self.read(path).splitlines(), start=1)


_LITERAL_OR_COMMENT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\s\\]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL,
)


def code_only(text):
    """C++ text with the insides of comments and literals blanked; every line keeps its number."""
    return _LITERAL_OR_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
