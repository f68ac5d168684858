"""A short type name that several rooms have: inside a room, its own is meant."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

# Short name: rooms, and the class that each means by it. Signatures give short names, which Sphinx finds anywhere.
OWN = {
    "Column": {
        "suzhou_antidrug.appraisal.": "suzhou_antidrug.appraisal.scoring.measures.Column",
        "suzhou_antidrug.report.workbook.": "suzhou_antidrug.appraisal.scoring.measures.Column",
        "suzhou_antidrug.report.": "suzhou_antidrug.report.layout.Column",
        "suzhou_antidrug.evaluation.": "suzhou_antidrug.report.layout.Column",
        "suzhou_antidrug.returns.": "suzhou_antidrug.returns.schema.Column",
    }
}


def name_own(app: Sphinx, document: nodes.document) -> None:
    """Point references by short names to the class of their own room."""
    for reference in document.findall(addnodes.pending_xref):
        for room, target in OWN.get(reference.get("reftarget", ""), {}).items():
            if str(reference.get("py:module")).startswith(room):
                reference["reftarget"] = target
                break


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("doctree-read", name_own)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
