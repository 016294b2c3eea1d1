/** Answers as the server gives them: what the card's and the settings page's contract says. */

export const makeVisit = (changes: object = {}) => ({
  id: 'v1',
  campaign: 'Spring',
  at: '2026-11-28T09:42:00Z',
  sentence: 'Watched 38 of 40 s, replayed Pricing twice, clicked Book a demo',
  who: 'person',
  confidence: 'high',
  reasons: ['a real click on the page', 'played at the pace of a clock'],
  durationS: 40.0,
  coverageS: 38.0,
  watchS: 51.0,
  spans: [[0, 38]],
  again: [[8, 12]],
  replays: [
    { scene: 'pricing', title: 'Pricing', times: 2, transcriptUrl: 'https://video.example.com/c/spring#t-pricing' },
  ],
  ctas: ['Book a demo'],
  facing: '',
  score: 72,
  scoreReasons: ['watched 95 %: 38 points', 'clicked a button: 34 points'],
  ...changes,
});

export const makeLink = (changes: object = {}) => ({
  campaign: 'Spring',
  slug: 'spring',
  url: 'https://video.example.com/v/abc',
  expiresAt: '2099-02-01T00:00:00Z',
  canResend: true,
  ...changes,
});

export const makeCard = (changes: object = {}) => ({
  state: 'ok',
  contact: { id: '501' },
  links: [makeLink()],
  consent: { state: 'given', at: '2026-11-28T09:40:00Z' },
  visits: [makeVisit()],
  curve: {
    campaign: 'Spring',
    durationS: 40.0,
    seconds: Array.from({ length: 40 }, (_, second) => (second >= 38 ? 0 : second >= 8 && second < 12 ? 3 : 1)),
  },
  score: 72,
  scoreReasons: ['watched 95 %: 38 points', 'clicked a button: 34 points'],
  generatedAt: '2026-11-28T10:00:00Z',
  ...changes,
});

export const makeSettings = (changes: object = {}) => ({
  connection: 'ok',
  problem: null,
  portalId: '4711',
  account: 'Acme',
  mode: {
    timeline: 'media_bridge',
    why: 'The best this account allows.',
    available: [
      { mode: 'app_events', possible: false, needs: 'an app HubSpot has approved for app events' },
      { mode: 'media_bridge', possible: true, needs: '' },
    ],
  },
  scopes: [
    { scope: 'crm.objects.contacts.read', granted: true, required: true, adds: 'Values that are seconds old.' },
    { scope: 'crm.lists.read', granted: false, required: false, adds: 'Links for a whole list at once.' },
  ],
  queue: { pending: 0, waiting: 0, dead: 0, oldestAgeS: 0, lastError: null, lastDeliveredAt: '2026-11-28T09:43:00Z' },
  tier: 'Professional',
  checkedAt: '2026-11-28T09:00:00Z',
  adminUrl: 'https://video.example.com/connections/1',
  ...changes,
});
