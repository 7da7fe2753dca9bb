"""Draws the structure by which SDMX reads our tables, from the same columns that write them.

`python -m tests.core.sdmx_structure > analytics/out/structure.xml` writes it anew; a test compares the two.
"""

import sys
from datetime import UTC, datetime

import sdmx
from sdmx.message import Header, StructureMessage
from sdmx.model import common, v21

from analytics.out.columns import COLUMNS

AGENCY = common.Agency(id="SPIS")
KEPT = {"version": "1.0.0", "maintainer": AGENCY, "is_final": True}


def drawn() -> bytes:
    """The structure as SDMX-ML."""
    concepts = common.ConceptScheme(id="COLUMNS", name={"en": "Columns of the figures of SPIS"}, **KEPT)
    structure = v21.DataStructureDefinition(id="FIGURES", name={"en": "Figures of SPIS"}, **KEPT)
    for column in COLUMNS:
        concept = common.Concept(id=column.name, name={"en": column.meaning})
        concepts.append(concept)
        match column.name:
            case name if column.is_dimension:
                kind = v21.TimeDimension if name == "TIME_PERIOD" else v21.Dimension
                place = len(structure.dimensions) + 1
                structure.dimensions.append(kind(id=name, concept_identity=concept, order=place))
            case "OBS_VALUE" as name:
                structure.measures.append(v21.PrimaryMeasure(id=name, concept_identity=concept))
            case name:
                of = v21.PrimaryMeasureRelationship()
                structure.attributes.append(v21.DataAttribute(id=name, concept_identity=concept, related_to=of))
    header = Header(id="FIGURES", prepared=datetime(2026, 1, 1, tzinfo=UTC), sender=AGENCY, test=False)
    message = StructureMessage(header=header)
    message.concept_scheme[concepts.id] = concepts
    message.structure[structure.id] = structure
    written: bytes = sdmx.to_xml(message, pretty_print=True, xml_declaration=True, encoding="utf-8")
    return written


if __name__ == "__main__":
    sys.stdout.buffer.write(drawn())
