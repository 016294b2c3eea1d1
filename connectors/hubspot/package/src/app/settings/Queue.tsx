/** What is still owed to HubSpot, and what can't be delivered. */
import { Alert, Flex, Heading, Statistics, StatisticsItem, Text } from '@hubspot/ui-extensions';

import type { Queue as Owed } from './answer.ts';
import { moment, type Place } from './shared/when.ts';
import { queueInWords } from './words.ts';

export const Queue = ({ queue, place }: { readonly queue: Owed; readonly place: Place }) => (
  <Flex direction="column" gap="small">
    <Heading>Waiting to be told</Heading>
    <Statistics>
      <StatisticsItem label="On their way" number={queue.pending} />
      <StatisticsItem label="Tried, to be tried again" number={queue.waiting} />
      <StatisticsItem label="Can’t be delivered" number={queue.dead} />
    </Statistics>
    <Text>{queueInWords(queue)}</Text>
    {queue.dead > 0 && (
      <Alert title="Some of it needs a decision" variant="warning">
        <Text>The Segue server says of each why it can’t be delivered, and tries again when you say so. Nothing is lost.</Text>
      </Alert>
    )}
    {queue.lastError !== '' && <Text>Last error: {queue.lastError}</Text>}
    <Text variant="microcopy">
      {moment(queue.lastDeliveredAt, place) ? `Last told ${moment(queue.lastDeliveredAt, place)}` : 'Nothing told yet'}
    </Text>
  </Flex>
);
