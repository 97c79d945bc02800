import type { VNode } from 'preact';

import { MOST_OVERRIDE_HOURS } from '../domain/override.js';
import type { OverrideView, TicketView } from '../domain/view.js';
import { CommandButton, Typed } from './command.js';
import type { Visitor } from './document.js';
import { Instant } from './instant.js';
import type { Reader } from './instant.js';

export function overrideFact(
  { devices, by, reason, untilMs, confirmedBy, spent }: OverrideView,
  reader: Reader,
): VNode {
  const second = confirmedBy === null ? 'no second person confirmed it' : `confirmed by ${confirmedBy}`;
  return (
    <>
      {`${devices.join(', ')}, by ${by}: ${reason}; ${second}${spent ? '; used' : ''}; until `}
      <Instant atMs={untilMs} reader={reader} />
    </>
  );
}

/** What may be pushed outside its window: to ask for it, and to confirm what another person has asked for. */
export function Overrides(props: { view: TicketView; reader: Reader; visitor: Visitor }): VNode | null {
  const { view, reader, visitor } = props;
  const to = `/tickets/${view.ticketId}/commands`;
  const open = view.overrides.filter(
    ({ confirmedBy, untilMs }) => confirmedBy === null && untilMs > reader.nowMs,
  );
  const devices = view.targets
    .filter(({ update, commit }) => update === 'todo' || commit === 'todo')
    .map(({ name }) => name);
  const mayAsk = view.outcome === null && view.mode === 'drive' && devices.length > 0;
  if (open.length === 0 && !mayAsk) return null;
  return (
    <>
      <h2>Overrides</h2>
      {open.map((one) => (
        <div>
          <p>{overrideFact(one, reader)}</p>
          <Typed hint={`sco ticket confirm ${view.ticketId} --override ${one.key} --reason "…"`} />
          {one.by !== visitor.login && (
            <CommandButton
              offered={{ label: 'Confirm the override', to, command: { kind: 'confirm', override: one.key } }}
              visitor={visitor}
            />
          )}
        </div>
      ))}
      {mayAsk && (
        <>
          <Typed hint={`sco ticket override ${view.ticketId} --device NAME --reason "…"`} />
          <CommandButton
            offered={{
              label: 'Ask to push outside the window',
              to,
              command: { kind: 'override' },
              asks: [
                { member: 'devices', label: 'Devices', as: 'choice', options: devices },
                {
                  member: 'hours',
                  label: 'Valid for how many hours',
                  as: 'number',
                  value: 2,
                  most: MOST_OVERRIDE_HOURS,
                },
              ],
            }}
            visitor={visitor}
          />
        </>
      )}
    </>
  );
}
