/** An answer that is asked for when the page appears, and again on request. */
import { useCallback, useEffect, useRef, useState } from 'react';

import { Trouble } from './call.ts';

export type Asked<T> =
  | { readonly state: 'waiting' }
  | { readonly state: 'trouble'; readonly trouble: Trouble }
  | { readonly state: 'there'; readonly answer: T; readonly renewing: boolean };

/** The state of `ask`, and a function that asks again; what was there stays while it is renewed. */
export const useAnswer = <T>(ask: () => Promise<T>, key: string): readonly [Asked<T>, () => void] => {
  const [asked, setAsked] = useState<Asked<T>>({ state: 'waiting' });
  // Only the latest question counts: an earlier answer may come later.
  const latest = useRef(0);

  const again = useCallback(() => {
    const mine = ++latest.current;
    setAsked((before) => (before.state === 'there' ? { ...before, renewing: true } : { state: 'waiting' }));
    ask().then(
      (answer) => mine === latest.current && setAsked({ state: 'there', answer, renewing: false }),
      (error: unknown) => mine === latest.current && setAsked({ state: 'trouble', trouble: asTrouble(error) }),
    );
    // A new `ask` with the same key asks the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);

  useEffect(() => {
    again();
    return () => {
      latest.current += 1;
    };
  }, [again]);

  return [asked, again];
};

const asTrouble = (error: unknown): Trouble =>
  error instanceof Trouble ? error : new Trouble('Something went wrong', 'Try again.', true);
