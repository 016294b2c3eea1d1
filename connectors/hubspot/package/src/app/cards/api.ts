/** The three things the card asks of Segue. */
import { readCard, type CardAnswer } from './answer.ts';
import { call } from './shared/call.ts';
import { address, fields, text } from './shared/check.ts';

/** Everything about one contact. */
export const askForCard = (contactId: string): Promise<CardAnswer> =>
  call('/hubspot/card', { objectId: contactId }, readCard);

/** What came of a wish: `url` when a link came of it, `message` what was done or why not, in words. */
export interface Outcome {
  readonly done: boolean;
  readonly url: string | null;
  readonly message: string;
}

/** The contact's link to a campaign: the live one, else a new one. */
export const askForLink = (contactId: string, slug: string): Promise<Outcome> =>
  call('/hubspot/card/copy', { objectId: contactId, campaign: slug }, readOutcome);

/** Write the link to the contact again, so that what sends it runs again. */
export const askToResend = (contactId: string, slug: string): Promise<Outcome> =>
  call('/hubspot/card/resend', { objectId: contactId, campaign: slug }, readOutcome);

const readOutcome = (value: unknown): Outcome => {
  const told = fields(value, 'answer');
  return { done: told.state === 'ok', url: address(told.url), message: text(told.message, 'message') };
};
