/** One question to Segue and its answer: time-out, refusal and nonsense become words that say what to do. */
import { hubspot } from '@hubspot/ui-extensions';

import { Misshapen } from './check.ts';
import { ORIGIN } from './origin.ts';

/** HubSpot gives a request 15 s and repeats it once by itself; Segue answers within 3. */
export const TIMEOUT_MS = 8_000;
/** Past both of HubSpot's tries nothing will come: no spinner turns longer. */
export const PATIENCE_MS = 2 * TIMEOUT_MS + 4_000;

/** Why there is no answer, and what the person in front of it can do. */
export class Trouble extends Error {
  constructor(
    readonly title: string,
    readonly advice: string,
    /** Whether asking again can help. */
    readonly again: boolean,
  ) {
    super(title);
  }
}

/** POST `body` to `path` and give what `read` makes of the answer; throws `Trouble` and nothing else. */
export const call = async <T>(
  path: string,
  body: Record<string, unknown>,
  read: (value: unknown) => T,
): Promise<T> => {
  const response = await arrived(hubspot.fetch(`${ORIGIN}${path}`, { method: 'POST', body, timeout: TIMEOUT_MS }));
  if (!response.ok) throw refused(response.status);
  try {
    return read(await response.json());
  } catch (error) {
    throw unreadable(error);
  }
};

const arrived = async (request: Promise<Response>): Promise<Response> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable()), PATIENCE_MS);
  });
  try {
    return await Promise.race([request, late]);
  } catch {
    throw unreachable();
  } finally {
    clearTimeout(timer);
  }
};

const unreachable = () =>
  new Trouble(
    'Segue didn’t answer',
    `${ORIGIN} is slow or can’t be reached. Try again in a moment; if it stays so, ask whoever runs it.`,
    true,
  );

const refused = (status: number): Trouble => {
  if (status === 401 || status === 403)
    return new Trouble(
      'Segue doesn’t trust this request',
      'The app’s client secret and the one Segue holds differ. An admin finds both under Connections on the Segue server.',
      true,
    );
  if (status === 404)
    return new Trouble(
      'Segue doesn’t know this card',
      `${ORIGIN} runs a version without it. Update the server, or make and upload the app again for the right address.`,
      false,
    );
  if (status === 429 || status === 503)
    return new Trouble('Segue is busy', 'Too much is asked of it at once. Try again in a few seconds.', true);
  return new Trouble(
    'Segue couldn’t answer',
    `It reports a fault of its own (${status}). Try again; if it stays so, its log says more.`,
    true,
  );
};

const unreadable = (error: unknown): Trouble =>
  new Trouble(
    'Segue’s answer can’t be read',
    error instanceof Misshapen
      ? `Card and server are of different versions (${error.message}). Make and upload the app again.`
      : `Something else than Segue answers at ${ORIGIN}. Check the address the app was made for.`,
    true,
  );
