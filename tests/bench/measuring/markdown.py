"""Results as Markdown. Pure."""

from typing import Any, Dict, List, Sequence

from .scale import STEPS

Result = Dict[str, Any]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """The first `left` columns begin at the left, the others are numbers."""
    marks = "|" + "".join("---|" if position < left else "---:|" for position in range(len(headings)))
    lines = ["| " + " | ".join(row) + " |" for row in (headings, *rows)]
    return "\n".join([lines[0], marks, *lines[1:]])


def number(value: float) -> str:
    """Three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3g}"


def amount(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{number(count / size)} {unit}"
    return f"{count:.0f} B"


def goals(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        for goal in result["goals"]:
            sign = "at least" if goal["is_minimum"] else "at most"
            rows.append([goal["text"], f"{sign} {number(goal['bound'])} {goal['unit']}", f"**{number(goal['value'])}**",
                         "met" if goal["is_met"] else "missed", f"`{result['name']}`"])
    return table(["what", "target", "measured", "", "scenario"], rows, 5)


def _trips(contender: Result) -> str:
    sides = [contender["wire"].get(side) for side in ("source", "target")]
    return " / ".join(f"{side['trips']} ({side['trips_in_sequence']})" if side else "-" for side in sides)


def _ratio(result: Result, contender: Result) -> str:
    ours = result["contenders"][0]
    if contender is ours:
        return ""
    return number(contender["median"]["seconds"] / ours["median"]["seconds"])


def costs(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        rows.append([f"**{result['title']}** (`{result['name']}`)"] + [""] * 9)
        for contender in result["contenders"]:
            middle = contender["median"]
            rows.append([contender["name"], number(middle["seconds"]), _ratio(result, contender),
                         number(middle["client_cpu"]), number(middle["source_cpu"]), number(middle["target_cpu"]),
                         number(middle["client_megabytes"]), amount(middle["target_wal_bytes"]),
                         amount(contender["wire_bytes"]), _trips(contender)])
    return table(["", "s", "x of the first", "client CPU s", "source CPU s", "target CPU s", "client MB", "target WAL",
                  "wire", "round trips source / target"], rows)


def connecting(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        for contender in result["contenders"]:
            if not contender["name"].startswith("pgtide"):
                continue
            cells = [f"{result['name']}, {contender['name']}"]
            for side in ("source", "target"):
                way = contender["wire"].get(side)
                cells += [str(way["connections"]), str(way["trips_connecting"]),
                          number(way["seconds_after_connecting"])] if way else ["-"] * 3
            rows.append(cells)
    return table(["", "source: connections", "trips to connect", "s after connecting", "target: connections",
                  "trips to connect", "s after connecting"], rows)


def scale(sizes: Sequence[Result]) -> str:
    rows = [[f"{size['rows']:,} rows of {size['shape']}", amount(size["heap_bytes"]), amount(size["state_bytes"])]
            + [number(size["seconds"][step]) for step in STEPS] + [number(size["megabytes"])] for size in sizes]
    steps = [f"{title}, s" for title in STEPS.values()]
    return table(["", "table", "pgtide's state in the target", *steps, "client MB"], rows)


def on_paper(sizes: Sequence[Result]) -> str:
    """The largest table of 25 columns, multiplied until it is 1 TB."""
    largest = max((size for size in sizes if size["shape"] == "25 columns"), key=lambda size: size["rows"])
    factor = 1e12 / largest["heap_bytes"]
    rows = [[title, number(largest["seconds"][step]), f"{largest['seconds'][step] * factor / 3600:,.1f}"]
            for step, title in STEPS.items()]
    rows.append(["pgtide's state in the target", amount(largest["state_bytes"]),
                 f"{largest['state_bytes'] * factor / 1e9:,.0f} GB"])
    return table(["", f"measured, {largest['rows']:,} rows ({amount(largest['heap_bytes'])})",
                  f"1 TB ({largest['rows'] * factor / 1e9:.1f} thousand million rows), hours"], rows)


def machine(found: Dict[str, str]) -> str:
    return table(["", ""], [[name, value] for name, value in found.items()], 2)


def report(document: Dict[str, Any]) -> str:
    command = f"Command: `{document['command']}`; rounds: {document['rounds']}."
    parts: List[str] = [command, machine(document["machine"])]
    if document["scenarios"]:
        parts += ["### Targets", goals(document["scenarios"]), "### Costs", costs(document["scenarios"]),
                  "### Connections", connecting(document["scenarios"])]
        parts += [f"- {result['name']}: {note}" for result in document["scenarios"] for note in result["notes"]]
    if document["scale"]:
        parts += ["### Cost against size", scale(document["scale"]), on_paper(document["scale"])]
    return "\n\n".join(parts) + "\n"
