/** Segue among the connected app's settings: where HubSpot begins. */
import { hubspot } from '@hubspot/ui-extensions';

import { Settings } from './Settings.tsx';

hubspot.extend<'settings'>(({ context }) => <Settings context={context} />);
