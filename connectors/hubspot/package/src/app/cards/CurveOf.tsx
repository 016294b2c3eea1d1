/** How often each second of a video was seen: as a curve, and in words for those who don't see one. */
import { BarChart, Flex, Heading, Text } from '@hubspot/ui-extensions';

import type { Curve } from './answer.ts';
import { columns, inWords } from './words.ts';

export const CurveOf = ({ curve }: { readonly curve: Curve }) => (
  <Flex direction="column" gap="small">
    <Heading>What they watched of {curve.campaign || 'the video'}</Heading>
    {curve.seconds.length > 0 && (
      <BarChart
        data={columns(curve).map((column) => ({ at: column.at, seen: column.seen }))}
        axes={{
          x: { field: 'at', fieldType: 'category', label: 'Minute and second of the video' },
          y: { field: 'seen', fieldType: 'linear', label: 'Times seen' },
        }}
        options={{ showTooltips: true, colorList: ['darkBlue'] }}
      />
    )}
    <Text>{inWords(curve)}</Text>
  </Flex>
);
