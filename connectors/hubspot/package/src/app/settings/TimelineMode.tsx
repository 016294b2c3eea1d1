/** How engagement is told here, why so, and what else there would be. */
import { Flex, Heading, StatusTag, Table, TableBody, TableCell, TableHead, TableHeader, TableRow, Text } from '@hubspot/ui-extensions';

import type { SettingsAnswer } from './answer.ts';
import { modeName } from './words.ts';

export const TimelineMode = ({ answer }: { readonly answer: SettingsAnswer }) => (
  <Flex direction="column" gap="small">
    <Heading>How the timeline is told</Heading>
    <Text format={{ fontWeight: 'demibold' }}>{modeName(answer.timeline)}</Text>
    {answer.why !== '' && <Text>{answer.why}</Text>}
    {answer.timeline !== 'none' && (
      <Text variant="microcopy">On top of contact properties and one note a visit, which every account gets.</Text>
    )}
    {answer.available.length > 0 && (
      <Table bordered={true} density="condensed">
        <TableHead>
          <TableRow>
            <TableHeader>Way</TableHeader>
            <TableHeader>Here</TableHeader>
            <TableHeader>What it needs</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {answer.available.map((way) => (
            <TableRow key={way.mode}>
              <TableCell>{modeName(way.mode)}</TableCell>
              <TableCell>
                <StatusTag variant={way.possible ? 'success' : 'default'}>
                  {way.mode === answer.timeline ? 'in use' : way.possible ? 'possible' : 'not possible'}
                </StatusTag>
              </TableCell>
              <TableCell>{way.needs || 'nothing more'}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    )}
  </Flex>
);
