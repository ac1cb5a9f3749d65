"""Which files a build sees, by the rules of .dockerignore."""

import re
import subprocess
from pathlib import Path


def context(root: Path, rules: str) -> set[str]:
    """The files below `root`, as git knows them or could, that are sent to the builder."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    return {path for path in listed if path and (root / path).exists() and is_sent(path, rules)}


def is_sent(path: str, rules: str) -> bool:
    """Whether the last rule that fits the path, or a folder that it is in, lets it through."""
    parts = path.split("/")
    names = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    sent = True
    for line in filter(None, map(str.strip, rules.splitlines())):
        if line.startswith("#"):
            continue
        pattern = expression(line.removeprefix("!").strip("/"))
        if any(pattern.fullmatch(name) for name in names):
            sent = line.startswith("!")
    return sent


def expression(pattern: str) -> re.Pattern[str]:
    """A pattern of .dockerignore: `**` is any number of folders, `*` a part of one name."""
    text = ""
    for piece in re.split(r"(\*\*/|\*\*|\*|\?)", pattern):
        text += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(
            piece, re.escape(piece)
        )
    return re.compile(text)
