import type { VNode } from 'preact';

import type { ParkingView } from '../domain/view.js';
import type { Visitor } from './document.js';

/** A command that a button of a page gives. */
export interface Offered {
  readonly label: string;
  /** Path that the form posts to: that of the page of the ticket or manager, with `/commands`. */
  readonly to: string;
  /** Members of the command, `kind` among them. */
  readonly command: Readonly<Record<string, string>>;
  /** A further member that the person writes, with its label. */
  readonly asks?: { readonly member: string; readonly label: string };
}

/** The button of a command, with the reason that every command needs; nothing for who may not give it. */
export function CommandButton({ offered, visitor }: { offered: Offered; visitor: Visitor }): VNode | null {
  if (!visitor.operates) return null;
  const { label, to, command, asks } = offered;
  return (
    <details class="command">
      <summary>{label}</summary>
      <form method="post" action={to}>
        <input type="hidden" name="key" value={visitor.newKey()} />
        {Object.entries(command).map(([member, value]) => (
          <input type="hidden" name={member} value={value} />
        ))}
        {asks !== undefined && (
          <label>
            {asks.label}
            <input name={asks.member} required minLength={3} maxLength={2_000} />
          </label>
        )}
        <label>
          Reason
          <input name="reason" required minLength={3} maxLength={500} />
        </label>
        <button type="submit">{label}</button>
      </form>
    </details>
  );
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

/** The ways out of a parking that need no more than a reason and, for a manual device, the evidence. */
export function buttonsFor(ticketId: string, { target, waysOut }: ParkingView): readonly Offered[] {
  const to = `/tickets/${ticketId}/commands`;
  return waysOut.flatMap(({ command: kind }): readonly Offered[] => {
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
            asks: { member: 'evidence', label: 'Evidence' },
          },
        ];
      case 'decidePartial':
        if (target === null) return [];
        return [
          { label: 'Accept what was pushed', to, command: { kind, target, answer: 'accept' } },
          { label: 'Push again', to, command: { kind, target, answer: 'repeat' } },
        ];
      // They are addressed to a lane, a push or a message: the command to type names it.
      default:
        return [];
    }
  });
}
