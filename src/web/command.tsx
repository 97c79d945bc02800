import type { VNode } from 'preact';

import type { Command } from '../domain/commands.js';
import type { ParkingView } from '../domain/view.js';
import type { Visitor } from './document.js';

/** A command that a button of a page gives. */
export interface Offered {
  readonly label: string;
  /** Path that the form posts to: that of the page of the ticket or manager, with `/commands`. */
  readonly to: string;
  /** Members of the command. */
  readonly command: { readonly kind: Command['kind'] } & Readonly<Record<string, string>>;
  /** Further members that the person writes or chooses. */
  readonly asks?: readonly Asks[];
}

interface Asked {
  readonly member: string;
  readonly label: string;
}
export type Asks =
  | (Asked & { readonly as: 'text' })
  | (Asked & { readonly as: 'number'; readonly value: number; readonly most: number })
  | (Asked & { readonly as: 'choice'; readonly options: readonly string[] });

/** What follows of a command that cannot be taken back: its form is refused until the person has ticked it. */
export const CONSEQUENCES: Partial<Readonly<Record<Command['kind'], string>>> = {
  decideUnknownPush: 'I looked at the device: a wrong answer repeats the push, or leaves it out.',
  override: 'These devices may be pushed outside their window, once another person confirms it.',
  confirm: 'I agree that these devices are pushed outside their window.',
  acceptLedger: 'The change goes live with the next Commit.',
  acceptForeign: 'These changes of others go live with the next Commit.',
  dropMessage: 'The message is never sent.',
  abort: 'The ticket is not driven any more.',
};

/** The button of a command, with the reason that every command needs; nothing for who may not give it. */
export function CommandButton({ offered, visitor }: { offered: Offered; visitor: Visitor }): VNode | null {
  const { label, to, command, asks = [] } = offered;
  if (!visitor.may(command.kind)) return null;
  const consequence = CONSEQUENCES[command.kind];
  return (
    <details class="command">
      <summary>{label}</summary>
      <form method="post" action={to}>
        <input type="hidden" name="key" value={visitor.newKey()} />
        {Object.entries(command).map(([member, value]) => (
          <input type="hidden" name={member} value={value} />
        ))}
        {asks.map((ask) => (
          <AskedMember ask={ask} />
        ))}
        <label>
          Reason
          <input name="reason" required minLength={3} maxLength={500} />
        </label>
        {consequence !== undefined && (
          <label class="tick">
            <input type="checkbox" name="sure" value="yes" required />
            {consequence}
          </label>
        )}
        <button type="submit">{label}</button>
      </form>
    </details>
  );
}

function AskedMember({ ask }: { ask: Asks }): VNode {
  const { member, label } = ask;
  switch (ask.as) {
    case 'text':
      return (
        <label>
          {label}
          <input name={member} required minLength={3} maxLength={2_000} />
        </label>
      );
    case 'number':
      return (
        <label>
          {label}
          <input type="number" name={member} required min={1} max={ask.most} value={ask.value} />
        </label>
      );
    case 'choice':
      return (
        <fieldset>
          <legend>{label}</legend>
          {ask.options.map((option) => (
            <label class="tick">
              <input type="checkbox" name={member} value={option} checked={ask.options.length === 1} />
              {option}
            </label>
          ))}
        </fieldset>
      );
  }
}

/** What can be typed, to be copied. */
export function Typed({ hint }: { hint: string }): VNode {
  return (
    <span class="typed">
      <code>{hint}</code>{' '}
      <button type="button" class="copy" data-copy={hint} hidden>
        Copy
      </button>
    </span>
  );
}

const EVIDENCE = { member: 'evidence', label: 'Evidence', as: 'text' } as const;

/** The push that the command to type names. */
const DECIDES = /^sco push decide (\S+)\/(\d+) /;

/** The ways out of a parking that can be taken from here. */
export function buttonsFor(ticketId: string, { target, waysOut }: ParkingView): readonly Offered[] {
  const to = `/tickets/${ticketId}/commands`;
  return waysOut.flatMap(({ command: kind, hint }): readonly Offered[] => {
    switch (kind) {
      case 'retry':
        return [{ label: 'Retry', to, command: { kind } }];
      case 'skip':
        return [{ label: 'Go on without it', to, command: { kind } }];
      case 'resume':
        return [{ label: 'Resume', to, command: { kind } }];
      case 'abort':
        return [{ label: 'Stop driving it', to, command: { kind } }];
      case 'adopt':
        return [{ label: 'Adopt', to, command: { kind } }];
      case 'completeManual':
        if (target === null) return [];
        return [
          {
            label: 'It was done by hand',
            to,
            command: { kind, target },
            asks: [EVIDENCE],
          },
        ];
      case 'decidePartial':
        if (target === null) return [];
        return [
          { label: 'Accept what was pushed', to, command: { kind, target, answer: 'accept' } },
          { label: 'Push again', to, command: { kind, target, answer: 'repeat' } },
        ];
      case 'recordApproval':
        return [{ label: 'Record the approval', to, command: { kind }, asks: [EVIDENCE] }];
      case 'decideUnknownPush': {
        const [, lane, n] = DECIDES.exec(hint) ?? [];
        if (lane === undefined || n === undefined) return [];
        const push = `/managers/${encodeURIComponent(lane)}/pushes/${n}/commands`;
        return [
          { label: 'It was not sent', to: push, command: { kind, answer: 'wasNotSent' } },
          { label: 'It was sent', to: push, command: { kind, answer: 'wasSent' } },
        ];
      }
      // They are addressed to a lane or a message: the command to type names it.
      default:
        return [];
    }
  });
}
