"""Every table there is, imported so that `Entity.metadata` is whole (migrations, tests)."""

import connectors.hubspot.models
import connectors.local.models
import connectors.runs.models
import connectors.salesforce.api.allowance
import connectors.salesforce.models
import connectors.turn
import plugin.accounts.models
import plugin.campaigns.models
import plugin.decisions.models
import plugin.engagement.attention.models
import plugin.engagement.models
import plugin.kernel.pace
import plugin.links.models
import plugin.media.models
import plugin.media.quality.models
import plugin.outbox.models
import plugin.privacy.models
import plugin.recipients.models

__all__ = ["connectors", "plugin"]
