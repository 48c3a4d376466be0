"""Puts results between the markers of docs/PERFORMANCE.md. Pure but for write()."""

from pathlib import Path
from typing import Any, Dict

from . import markdown


def replaced(text: str, name: str, content: str) -> str:
    """What stands between the two markers of that name is replaced; both must be there."""
    begin, end = f"<!-- bench:{name} begin -->", f"<!-- bench:{name} end -->"
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"there is no {begin} ... {end}")
    return f"{before}{begin}\n\n{content.strip()}\n\n{end}{after}"


def write(path: Path, document: Dict[str, Any]) -> None:
    """Each section that was measured is replaced, the others stay."""
    text = path.read_text()
    if document["scenarios"]:
        without_scale = {**document, "scale": []}
        text = replaced(text, "targets", markdown.report(without_scale))
    if document["scale"]:
        text = replaced(text, "paper", markdown.on_paper(document["scale"]))
        text = replaced(text, "scale", f"Command: `{document['command']}`, {document['machine']['measured']}, commit "
                        f"{document['machine']['pgtide'].rpartition(' ')[2]}.\n\n{markdown.scale(document['scale'])}")
    path.write_text(text)
