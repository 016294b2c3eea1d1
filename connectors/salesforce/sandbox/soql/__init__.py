"""SOQL: read into a tree by a parser of its own, checked against the schema, run over the records."""

from connectors.salesforce.sandbox.soql.conditions import holds
from connectors.salesforce.sandbox.soql.parse import parse, parse_condition
from connectors.salesforce.sandbox.soql.run import run

__all__ = ["holds", "parse", "parse_condition", "run"]
