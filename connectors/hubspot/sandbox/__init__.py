"""A HubSpot to test against: stateful, with limits, tiers, faults and calls to us, and no account needed."""

from connectors.hubspot.sandbox.server import Sandbox

__all__ = ["Sandbox"]
