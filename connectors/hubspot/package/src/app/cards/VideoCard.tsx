/** Segue on a contact: where HubSpot begins. */
import { hubspot } from '@hubspot/ui-extensions';

import { Card } from './Card.tsx';

hubspot.extend<'crm.record.tab'>(({ context, actions }) => <Card context={context} actions={actions} />);
