/** The contact's links: copy one, have one sent again, make a first one. */
import { Button, Flex, Heading, Input, LoadingButton, Select, Text } from '@hubspot/ui-extensions';
import { useState } from 'react';

import type { CardAnswer, Link } from './answer.ts';
import { askForLink, askToResend, type Outcome } from './api.ts';
import type { CardProps } from './Card.tsx';
import { Trouble } from './shared/call.ts';
import { day, type Place } from './shared/when.ts';
import { isLive } from './words.ts';

interface LinksProps {
  readonly answer: CardAnswer;
  readonly contactId: string;
  readonly actions: CardProps['actions'];
  readonly place: Place;
  readonly changed: () => void;
}

export const Links = ({ answer, contactId, actions, place, changed }: LinksProps) => {
  const [busy, setBusy] = useState('');
  /** A link that couldn't be put on the clipboard, to be copied by hand. */
  const [shown, setShown] = useState('');
  const fresh = answer.campaigns.filter(({ slug }) => !answer.links.some((link) => link.slug === slug));
  if (answer.links.length === 0 && fresh.length === 0) return <></>;

  const toClipboard = async (url: string) => {
    try {
      await actions.copyTextToClipboard(url);
      setShown('');
      actions.addAlert({ type: 'success', message: 'Link copied. It opens this contact’s own video: give it to them only.' });
    } catch {
      setShown(url);
    }
  };
  /** Do one thing at a time, and say what came of it. */
  const attempt = async (name: string, wish: () => Promise<Outcome>, then: (outcome: Outcome) => Promise<void>) => {
    setBusy(name);
    try {
      const outcome = await wish();
      if (outcome.done) await then(outcome);
      else actions.addAlert({ type: 'warning', message: outcome.message || 'Segue didn’t do it and gave no reason.' });
    } catch (error) {
      const { title, advice } = error instanceof Trouble ? error : new Trouble('It didn’t work', 'Try again.', true);
      actions.addAlert({ type: 'danger', title, message: advice });
    } finally {
      setBusy('');
    }
  };
  const copy = (slug: string, live: string | null) =>
    live !== null
      ? toClipboard(live)
      : attempt(`copy ${slug}`, () => askForLink(contactId, slug), async ({ url, message }) => {
          if (url !== null) await toClipboard(url);
          else actions.addAlert({ type: 'warning', message: message || 'Segue made no link and gave no reason.' });
          changed();
        });
  const resend = (slug: string) =>
    attempt(`resend ${slug}`, () => askToResend(contactId, slug), async ({ message }) => {
      actions.addAlert({ type: 'success', message: message || 'The link was written to the contact again.' });
      changed();
    });

  return (
    <Flex direction="column" gap="small">
      <Heading>Links</Heading>
      {answer.links.map((link) => (
        <OneLink key={link.slug} link={link} busy={busy} place={place} copy={copy} resend={resend} />
      ))}
      {answer.links.some((link) => link.canResend) && (
        <Text variant="microcopy">
          ‘Send again’ writes the link to the contact anew, so that the workflow that mails it can run again. Segue itself
          sends no mail.
        </Text>
      )}
      {shown !== '' && (
        <Input
          name="link"
          label="The clipboard can’t be reached. Copy the link from here"
          value={shown}
          readOnly={true}
        />
      )}
      {fresh.length > 0 && <FirstLink campaigns={fresh} busy={busy} copy={copy} />}
    </Flex>
  );
};

interface OneLinkProps {
  readonly link: Link;
  readonly busy: string;
  readonly place: Place;
  readonly copy: (slug: string, live: string | null) => void;
  readonly resend: (slug: string) => void;
}

const OneLink = ({ link, busy, place, copy, resend }: OneLinkProps) => {
  const live = isLive(link, new Date());
  const end = day(link.expiresAt, place);
  return (
    <Flex direction="row" gap="small" align="center" justify="between" wrap={true}>
      <Flex direction="column" gap="flush">
        <Text format={{ fontWeight: 'demibold' }}>{link.campaign || link.slug}</Text>
        {end !== '' && <Text variant="microcopy">{live ? `Opens until ${end}` : `Ended on ${end}`}</Text>}
      </Flex>
      <Flex direction="row" gap="small" wrap={true}>
        <LoadingButton
          size="small"
          variant="secondary"
          loading={busy === `copy ${link.slug}`}
          disabled={busy !== ''}
          onClick={() => copy(link.slug, live ? link.url : null)}
        >
          {live ? 'Copy link' : 'Make a new link'}
        </LoadingButton>
        <LoadingButton
          size="small"
          variant="secondary"
          loading={busy === `resend ${link.slug}`}
          disabled={busy !== '' || !link.canResend}
          onClick={() => resend(link.slug)}
        >
          Send again
        </LoadingButton>
      </Flex>
    </Flex>
  );
};

interface FirstLinkProps {
  readonly campaigns: CardAnswer['campaigns'];
  readonly busy: string;
  readonly copy: (slug: string, live: string | null) => void;
}

const FirstLink = ({ campaigns, busy, copy }: FirstLinkProps) => {
  const [slug, setSlug] = useState(campaigns[0]?.slug ?? '');
  return (
    <Flex direction="row" gap="small" align="end" wrap={true}>
      <Select
        name="campaign"
        label="Make a link to"
        options={campaigns.map((campaign) => ({ label: campaign.title || campaign.slug, value: campaign.slug }))}
        value={slug}
        onChange={(value) => setSlug(String(value))}
      />
      <Button size="small" variant="primary" disabled={busy !== '' || slug === ''} onClick={() => copy(slug, null)}>
        Make and copy
      </Button>
    </Flex>
  );
};
