/** Each visit: what they did, what they went back to, who it was and why we think so. */
import { Accordion, Flex, Heading, Link, List, ProgressBar, Tag, Text } from '@hubspot/ui-extensions';

import type { Replay, Visit } from './answer.ts';
import { Reasons } from './Reasons.tsx';
import { moment, type Place } from './shared/when.ts';
import { covered, percent, stretchesSeen, times, who } from './words.ts';

export const Visits = ({ visits, place }: { readonly visits: readonly Visit[]; readonly place: Place }) => (
  <Flex direction="column" gap="small">
    <Heading>Visits</Heading>
    {visits.length === 0 ? (
      <Text>
        None yet. Mail scanners and link previews never count, and nothing is measured before the person agrees.
      </Text>
    ) : (
      visits.map((visit, index) => (
        <Accordion
          key={visit.id || index}
          title={[moment(visit.at, place), visit.campaign].filter(Boolean).join(' – ')}
          defaultOpen={index === 0}
          size="small"
        >
          <OneVisit visit={visit} />
        </Accordion>
      ))
    )}
  </Flex>
);

const OneVisit = ({ visit }: { readonly visit: Visit }) => (
  <Flex direction="column" gap="small">
    <Text format={{ fontWeight: 'demibold' }}>{visit.sentence}</Text>
    <ProgressBar
      title="Distinct seconds watched"
      value={percent(visit)}
      valueDescription={covered(visit)}
      showPercentage={true}
      aria-label={`Watched ${covered(visit)}`}
    />
    {visit.spans.length > 0 && <Text variant="microcopy">{stretchesSeen(visit)}</Text>}
    {visit.replays.length > 0 && <Replays replays={visit.replays} />}
    {visit.ctas.length > 0 && (
      <Flex direction="row" gap="small" wrap={true} align="center">
        <Text>Clicked:</Text>
        {visit.ctas.map((cta, index) => (
          <Tag key={index} variant="success">
            {cta}
          </Tag>
        ))}
      </Flex>
    )}
    {visit.facing !== '' && <Text>{visit.facing}</Text>}
    <Text>{who(visit)}</Text>
    <Reasons reasons={visit.reasons} />
    {visit.score !== null && (
      <>
        <Text>Adds up to a score of {Math.round(visit.score)}:</Text>
        <Reasons reasons={visit.scoreReasons} />
      </>
    )}
  </Flex>
);

const Replays = ({ replays }: { readonly replays: readonly Replay[] }) => (
  <Flex direction="column" gap="flush">
    <Text>Watched again:</Text>
    <List variant="unordered">
      {replays.map((replay, index) => (
        <Text key={index}>
          {replay.title}, {times(replay.times)}
          {replay.transcriptUrl !== null && (
            <>
              {' – '}
              <Link href={{ url: replay.transcriptUrl, external: true }}>what is said there</Link>
            </>
          )}
        </Text>
      ))}
    </List>
  </Flex>
);
