/** Why a number or a verdict is what it is. */
import { List, Text } from '@hubspot/ui-extensions';

/** As a list; nothing when no reason is given. */
export const Reasons = ({ reasons }: { readonly reasons: readonly string[] }) =>
  reasons.length === 0 ? null : (
    <List variant="unordered">
      {reasons.map((reason, index) => (
        <Text key={index} variant="microcopy">
          {reason}
        </Text>
      ))}
    </List>
  );
