/** What stands there while nothing else can: waiting, and trouble with a way on. */
import { Button, ErrorState, Flex, LoadingSpinner, Text } from '@hubspot/ui-extensions';

import { Trouble } from './call.ts';

export const Waiting = ({ what }: { readonly what: string }) => (
  <LoadingSpinner label={what} showLabel={true} layout="centered" />
);

export const InTrouble = ({ trouble, again }: { readonly trouble: Trouble; readonly again: () => void }) => (
  <ErrorState title={trouble.title}>
    <Flex direction="column" gap="small" align="center">
      <Text>{trouble.advice}</Text>
      {trouble.again && (
        <Button variant="secondary" onClick={again}>
          Try again
        </Button>
      )}
    </Flex>
  </ErrorState>
);
