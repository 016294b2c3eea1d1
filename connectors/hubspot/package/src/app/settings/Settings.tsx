/** The settings page: how the connection stands, and where to change it. */
import {
  Alert,
  Button,
  DescriptionList,
  DescriptionListItem,
  Divider,
  Flex,
  Link,
  type SettingsContext,
  Text,
} from '@hubspot/ui-extensions';

import { askForSettings, type SettingsAnswer } from './answer.ts';
import { Queue } from './Queue.tsx';
import { Scopes } from './Scopes.tsx';
import { InTrouble, Waiting } from './shared/States.tsx';
import { useAnswer } from './shared/useAnswer.ts';
import { moment, type Place } from './shared/when.ts';
import { TimelineMode } from './TimelineMode.tsx';
import { CONNECTION } from './words.ts';

export const Settings = ({ context }: { readonly context: SettingsContext }) => {
  const place: Place = { locale: context.user.locale, timeZone: context.portal.timezone };
  const [asked, again] = useAnswer(askForSettings, 'settings');

  if (asked.state === 'waiting') return <Waiting what="Asking Segue how the connection stands" />;
  if (asked.state === 'trouble') return <InTrouble trouble={asked.trouble} again={again} />;
  const { answer, renewing } = asked;
  return (
    <Flex direction="column" gap="medium">
      <Health answer={answer} />
      <DescriptionList direction="row">
        <DescriptionListItem label="Account">{named(answer)}</DescriptionListItem>
        <DescriptionListItem label="HubSpot edition">{answer.tier || 'not known yet'}</DescriptionListItem>
        <DescriptionListItem label="Last looked at">{moment(answer.checkedAt, place) || 'never'}</DescriptionListItem>
      </DescriptionList>
      <Flex direction="row" gap="small" align="center" wrap={true}>
        <Button variant="secondary" size="small" onClick={again} disabled={renewing}>
          {renewing ? 'Refreshing…' : 'Refresh'}
        </Button>
        {answer.adminUrl !== null && (
          <Link href={{ url: answer.adminUrl, external: true }}>Change it on the Segue server</Link>
        )}
      </Flex>
      <Divider />
      <TimelineMode answer={answer} />
      <Divider />
      <Queue queue={answer.queue} place={place} />
      <Divider />
      <Scopes scopes={answer.scopes} />
    </Flex>
  );
};

const Health = ({ answer }: { readonly answer: SettingsAnswer }) => {
  const { title, variant } = CONNECTION[answer.connection];
  return (
    <Alert title={title} variant={variant}>
      {answer.problem !== '' && <Text>{answer.problem}</Text>}
    </Alert>
  );
};

const named = ({ account, portalId }: SettingsAnswer): string =>
  account && portalId && account !== portalId ? `${account} (${portalId})` : account || portalId || 'not known yet';
