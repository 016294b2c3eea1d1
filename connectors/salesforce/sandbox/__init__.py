"""A Salesforce to test against: stateful, with its limits, errors and calls to us, and no org needed."""

from connectors.salesforce.sandbox.server import Sandbox

__all__ = ["Sandbox"]
