/** A contact who has links: score, consent, the curve, each visit, the links. */
import {
  Button,
  DescriptionList,
  DescriptionListItem,
  Divider,
  Flex,
  ScoreCircle,
  StatusTag,
  Text,
} from '@hubspot/ui-extensions';
import type { ReactElement } from 'react';

import type { CardAnswer } from './answer.ts';
import { CurveOf } from './CurveOf.tsx';
import { Reasons } from './Reasons.tsx';
import { day, type Place } from './shared/when.ts';
import { Visits } from './Visits.tsx';
import { CONSENT } from './words.ts';

interface ContactProps {
  readonly answer: CardAnswer;
  readonly links: ReactElement;
  readonly place: Place;
  readonly again: () => void;
  readonly renewing: boolean;
}

export const Contact = ({ answer, links, place, again, renewing }: ContactProps) => (
  <Flex direction="column" gap="medium">
    <Flex direction="row" justify="between" align="start" wrap={true} gap="medium">
      <ScoreOf score={answer.score} reasons={answer.scoreReasons} />
      <Button variant="secondary" size="small" onClick={again} disabled={renewing}>
        {renewing ? 'Refreshing…' : 'Refresh'}
      </Button>
    </Flex>
    <Consent consent={answer.consent} place={place} />
    {answer.curve !== null && <CurveOf curve={answer.curve} />}
    <Divider />
    <Visits visits={answer.visits} place={place} />
    <Divider />
    {links}
  </Flex>
);

const ScoreOf = ({ score, reasons }: { readonly score: number | null; readonly reasons: readonly string[] }) =>
  score === null ? (
    <Text>No score yet: it comes with the first visit.</Text>
  ) : (
    <Flex direction="row" gap="medium" align="center">
      <ScoreCircle score={Math.min(100, score)} />
      <Flex direction="column" gap="flush">
        <Text format={{ fontWeight: 'bold' }}>Score {Math.round(Math.min(100, score))} of 100</Text>
        <Reasons reasons={reasons} />
      </Flex>
    </Flex>
  );

const Consent = ({ consent, place }: { readonly consent: CardAnswer['consent']; readonly place: Place }) => {
  const mood = CONSENT[consent.state];
  const since = day(consent.at, place);
  return (
    <DescriptionList direction="row">
      <DescriptionListItem label="Measuring">
        <Flex direction="column" gap="flush">
          <StatusTag variant={mood.variant}>{since ? `${mood.label}, ${since}` : mood.label}</StatusTag>
          <Text variant="microcopy">{mood.meaning}</Text>
        </Flex>
      </DescriptionListItem>
    </DescriptionList>
  );
};
