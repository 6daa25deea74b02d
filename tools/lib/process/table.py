"""Renders text tables."""


def render(header: list[str], rows: list[list]) -> str:
    """Left-aligned text, right-aligned numbers; None is shown as '-'."""
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [header, *cells]) for i in range(len(header))]
    is_number = [bool(rows) and all(isinstance(row[i], (int, float, type(None))) for row in rows)
                 for i in range(len(header))]
    lines = []
    for line in [header, *cells]:
        padded = [cell.rjust(width) if number else cell.ljust(width)
                  for cell, width, number in zip(line, widths, is_number)]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def _text(cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)
