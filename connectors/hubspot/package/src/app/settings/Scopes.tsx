/** What the app may do here, and what each missing permission would add. */
import { Alert, Flex, Heading, List, StatusTag, Text } from '@hubspot/ui-extensions';

import type { GrantedScope } from './answer.ts';
import { missing } from './words.ts';

export const Scopes = ({ scopes }: { readonly scopes: readonly GrantedScope[] }) => {
  const lacking = missing(scopes);
  return (
    <Flex direction="column" gap="small">
      <Heading>Permissions</Heading>
      {scopes.length === 0 && <Text>Segue hasn’t looked yet.</Text>}
      {lacking.some((scope) => scope.required) && (
        <Alert title="A permission Segue can’t do without is missing" variant="danger">
          <Text>Install the app again and agree to all it asks for.</Text>
        </Alert>
      )}
      {lacking.map((scope) => (
        <Flex key={scope.scope} direction="column" gap="flush">
          <StatusTag variant={scope.required ? 'danger' : 'default'}>{scope.scope} – not granted</StatusTag>
          <Text>{scope.required ? scope.adds : `It would add: ${scope.adds}`}</Text>
        </Flex>
      ))}
      {scopes.length > lacking.length && (
        <>
          <Text>Granted:</Text>
          <List variant="inline-divided">
            {scopes
              .filter((scope) => scope.granted)
              .map((scope) => (
                <Text key={scope.scope}>{scope.scope}</Text>
              ))}
          </List>
        </>
      )}
    </Flex>
  );
};
