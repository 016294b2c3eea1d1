// HubSpot's own parser reads the project as it would be uploaded.
import path from 'node:path';

import { parseProjectConfig } from '@hubspot/project-parsing-lib/projects';
import { translate } from '@hubspot/project-parsing-lib/translate';
import { expect, test } from 'vitest';

const FEATURES = {
  segue_video: 'APPLICATION',
  segue_video_card: 'CARD',
  segue_settings: 'SETTINGS',
  segue_webhooks: 'WEBHOOKS',
  segue_create_video_link: 'WORKFLOW_ACTION',
};
const EVENTS = ['opened', 'played', 'progress', 'cta_clicked', 'summary'].map((name) => [`segue_video_${name}`, 'APP_EVENT']);

const read = (variant) => {
  const folder = path.resolve(import.meta.dirname, '.built', variant);
  const config = parseProjectConfig(folder);
  return translate(
    {
      projectSourceDir: path.join(folder, config.srcDir),
      platformVersion: config.platformVersion,
      accountId: 1,
    },
    { skipValidation: true },
  );
};

test.each([
  ['static', FEATURES],
  ['oauth', FEATURES],
  ['events', { ...FEATURES, ...Object.fromEntries(EVENTS) }],
])('the %s variant is a project with all its features, each knowing its app', async (variant, features) => {
  const { intermediateRepresentation, skippedHsMetaFiles } = await read(variant);

  const nodes = Object.values(intermediateRepresentation.intermediateNodesIndexedByUid);
  expect(skippedHsMetaFiles).toEqual([]);
  expect(Object.fromEntries(nodes.map((node) => [node.uid, node.componentType]))).toEqual(features);
  for (const node of nodes.filter(({ uid }) => uid !== 'segue_video')) expect(node.componentDeps.app).toBe('segue_video');
});
