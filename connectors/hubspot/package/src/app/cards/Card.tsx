/** The card: asks for the contact, and shows what came, whatever it is. */
import { type CrmContext, EmptyState, ErrorState, type ExtensionPointApiActions, Text } from '@hubspot/ui-extensions';

import type { CardAnswer } from './answer.ts';
import { askForCard } from './api.ts';
import { Contact } from './Contact.tsx';
import { Links } from './Links.tsx';
import { InTrouble, Waiting } from './shared/States.tsx';
import { useAnswer } from './shared/useAnswer.ts';
import type { Place } from './shared/when.ts';

export interface CardProps {
  readonly context: CrmContext;
  readonly actions: Pick<ExtensionPointApiActions<'crm.record.tab'>, 'addAlert' | 'copyTextToClipboard'>;
}

export const Card = ({ context, actions }: CardProps) => {
  const contactId = String(context.crm.objectId);
  const place: Place = { locale: context.user.locale, timeZone: context.portal.timezone };
  const [asked, again] = useAnswer(() => askForCard(contactId), contactId);

  if (asked.state === 'waiting') return <Waiting what="Reading what they watched" />;
  if (asked.state === 'trouble') return <InTrouble trouble={asked.trouble} again={again} />;
  const links = <Links answer={asked.answer} contactId={contactId} actions={actions} place={place} changed={again} />;
  if (asked.answer.state === 'ok')
    return <Contact answer={asked.answer} links={links} place={place} again={again} renewing={asked.renewing} />;
  return <Instead state={asked.answer.state} links={links} />;
};

const Instead = ({ state, links }: { readonly state: Exclude<CardAnswer['state'], 'ok'>; readonly links: React.ReactElement }) => {
  switch (state) {
    case 'empty':
      return (
        <>
          <EmptyState title="No video sent yet" imageName="emailConfirmation" layout="vertical">
            <Text>
              Enrol the contact in a workflow with the action ‘Create personalised video link’, or let an admin make links
              for a list. What they watch then stands here.
            </Text>
          </EmptyState>
          {links}
        </>
      );
    case 'not_connected':
      return (
        <ErrorState title="This account isn’t connected to Segue" type="support">
          <Text>An admin connects it on the Segue server, under Connections. Until then nothing is read or written.</Text>
        </ErrorState>
      );
    case 'forbidden':
      return (
        <ErrorState title="You may not see this" type="lock">
          <Text>Segue shows what a contact watched only to people allowed to. Ask your HubSpot admin.</Text>
        </ErrorState>
      );
    case 'gone':
      return (
        <EmptyState title="This contact is gone" imageName="contacts" layout="vertical">
          <Text>
            It was deleted, merged into another, or asked to be forgotten. If it was merged, open the contact that
            remains.
          </Text>
        </EmptyState>
      );
  }
};
