"""Reads the Containerfile: its stages as lists of (instruction, words)."""

import json
import shlex


def stages_of(text):
    joined = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")).replace("\\\n", " ")
    stages = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        instruction, rest = line.split(maxsplit=1)
        if instruction == "FROM":
            stages.append([])
        stages[-1].append((instruction, rest))
    return stages


def all_of(stage, instruction):
    return [rest for name, rest in stage if name == instruction]


def words(rest):
    """As JSON, or as a shell splits it."""
    return json.loads(rest) if rest.startswith("[") else shlex.split(rest)
