"""Files and functions that still fit in a head."""

import re

from source_tree import Finding, code_only

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70
SIZED_SUFFIXES = (".cpp", ".h", ".py", ".js", ".mjs", ".sh", ".cmake")

_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b")
_AFTER_ARGUMENTS = re.compile(r"(const|noexcept|override|final|mutable|try|&&?|->.*|requires\b.*|\s)*$", re.DOTALL)


def check(tree):
    findings = []
    for path in tree.paths:
        if not (path.endswith(SIZED_SUFFIXES) or path.startswith("tools/")):
            continue
        text = tree.read(path)
        length = text.count("\n")
        if length > MAX_FILE_LINES and not path.endswith((".json", ".yaml", ".csv")):
            findings.append(Finding(path, MAX_FILE_LINES, f"{length} lines, the limit is {MAX_FILE_LINES}: "
                                                          "split it into parts that have a name each"))
        if path.endswith((".cpp", ".h")):
            findings += _long_functions(path, text)
    return findings


def _long_functions(path, text):
    return [
        Finding(path, first, f"{name} has {length} lines, the limit is {MAX_FUNCTION_LINES}: "
                             "keep the branches, move the computation to functions with names")
        for name, first, length in functions(text)
        if length > MAX_FUNCTION_LINES
    ]


def functions(text):
    """(name, first line, lines) of each function body at namespace or class level."""
    code = _without_directives(code_only(text))
    found = []
    head = 0  # where the declaration that we are in began
    opened = []  # one entry per open brace: "scope", "function" or "value", with the place of its head
    for match in re.finditer(r"[{};]", code):
        inside_function = any(kind == "function" for kind, _ in opened)
        if match.group() == "{":
            opened.append((_kind(code[head : match.start()]), head))
            if opened[-1][0] == "scope":
                head = match.end()
        elif match.group() == "}" and opened:
            kind, began = opened.pop()
            if kind == "function" and not any(outer == "function" for outer, _ in opened):
                found.append(_measured(code, began, match.end()))
            if kind != "value" and not any(outer == "function" for outer, _ in opened):
                head = match.end()
        elif not inside_function:
            head = match.end()
    return found


def _kind(head):
    """The kind of the text that an opening brace begins. A value is an initialiser: its declaration goes on after it."""
    before_arguments = _last_template_part(head.split("(")[0])
    if _SCOPE.search(before_arguments) or not head.strip() or head.strip() == "extern":
        return "scope"
    after_arguments = head.rsplit(")", 1)[-1].strip() if ")" in head else None
    if after_arguments is not None and (_AFTER_ARGUMENTS.match(after_arguments) or after_arguments.endswith("}")):
        return "function"
    return "value"


def _last_template_part(text):
    return text.rsplit(">", 1)[-1] if text.lstrip().startswith("template") else text


def _measured(code, head, end):
    text = code[head:end]
    name = re.search(r"([\w:~]+)\s*\(", text)
    first = code.count("\n", 0, head + len(text) - len(text.lstrip())) + 1
    return (name.group(1) if name else "a function", first, code.count("\n", 0, end) + 2 - first)


def _without_directives(code):
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda match: re.sub(r"[^\n]", " ", match.group()), code, flags=re.MULTILINE)
