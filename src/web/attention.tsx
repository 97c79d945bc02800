import type { VNode } from 'preact';

import { acceptForeignHint, needsDecision } from '../domain/lane-view.js';
import type { ControlView, LaneView, ParkingView } from '../domain/view.js';
import { toWords } from '../domain/words.js';
import { buttonsFor, CommandButton, Typed } from './command.js';
import type { Offered } from './command.js';
import { Page } from './document.js';
import type { Visitor } from './document.js';
import { Instant, inZone } from './instant.js';
import type { Reader } from './instant.js';

/** What the list of what waits for a person is made from. */
export interface AttentionFacts {
  readonly stop: ControlView | 'unreadable';
  readonly parked: readonly {
    readonly ticketId: string;
    readonly subject: string | null;
    readonly parkings: readonly ParkingView[];
    readonly moreParkings: number;
    readonly unreadable: string | null;
    /** It has not answered yet. */
    readonly pending?: boolean;
  }[];
  /** Which of the waiting tickets `parked` has; `more`: there are more than `total`. */
  readonly waiting: {
    readonly from: number;
    readonly shown: number;
    readonly total: number;
    readonly more: boolean;
  };
  readonly lanes: readonly (LaneView | { readonly key: string; readonly unreadable: string })[];
  /** Workflows whose code fails; null while they are looked for. */
  readonly failing:
    | readonly {
        readonly workflowId: string;
        readonly sinceMs: number | null;
        readonly reason: string | null;
      }[]
    | null;
  readonly opensNext: { readonly ticketId: string; readonly opensAtMs: number } | null;
}

/** One thing that waits for a person. */
export interface AttentionItem {
  /** null: not known. */
  readonly sinceMs: number | null;
  readonly name: string;
  readonly href: string | null;
  readonly subject: string | null;
  /** Device or commit target. */
  readonly where: string | null;
  readonly what: string;
  readonly advice: string | null;
  readonly evidence: string | null;
  /** What to type. */
  readonly hints: readonly string[];
  readonly offered: readonly Offered[];
}

/** Oldest first; what has no known time comes first of all. */
export function attentionItems({ parked, lanes, failing }: AttentionFacts): readonly AttentionItem[] {
  const items = [
    ...(failing ?? []).map(failingItem),
    ...parked.flatMap(ticketItems),
    ...lanes.flatMap((lane) => ('unreadable' in lane ? [unreadableItem(lane)] : laneItems(lane))),
  ];
  return oldestFirst(items);
}

export function oldestFirst(items: readonly AttentionItem[]): readonly AttentionItem[] {
  return items.toSorted((a, b) => (a.sinceMs ?? 0) - (b.sinceMs ?? 0));
}

const NOTHING = { subject: null, where: null, advice: null, evidence: null, hints: [], offered: [] } as const;

function failingItem({
  workflowId,
  sinceMs,
  reason,
}: NonNullable<AttentionFacts['failing']>[number]): AttentionItem {
  const why = reason === null ? '' : `: ${reason}`;
  return {
    ...NOTHING,
    sinceMs,
    name: workflowId,
    href: null,
    what: `Its workflow is blocked, because its code fails${why}`,
    hints: ['sco doctor'],
  };
}

/** What one ticket waits for. */
export function ticketItems(ticket: AttentionFacts['parked'][number]): readonly AttentionItem[] {
  const { ticketId, subject, parkings, unreadable } = ticket;
  const name = `Ticket ${ticketId}`;
  const href = `/tickets/${ticketId}`;
  if (unreadable !== null) {
    return [{ ...NOTHING, sinceMs: null, name, href, subject, what: `It cannot be read: ${unreadable}` }];
  }
  if (ticket.pending === true) {
    const what = 'It waits for a person. Why is being read, and will be shown here.';
    return [{ ...NOTHING, sinceMs: null, name, href, subject, what }];
  }
  return parkings.map((parking) => ({
    sinceMs: parking.sinceMs,
    name,
    href,
    subject,
    where: parking.targetName,
    what: parking.reason,
    advice: parking.advice ?? null,
    evidence: parking.evidence,
    hints: parking.waysOut.map(({ hint }) => hint),
    offered: buttonsFor(ticketId, parking),
  }));
}

function unreadableItem({ key, unreadable }: { key: string; unreadable: string }): AttentionItem {
  const what = `It cannot be read: ${unreadable}`;
  return { ...NOTHING, sinceMs: null, name: `Manager ${key}`, href: managerPath(key), what };
}

/** What one manager waits for. */
export function laneItems(lane: LaneView): readonly AttentionItem[] {
  const { key, failures, foreign, ledger, overrides, queue } = lane;
  const to = `${managerPath(key)}/commands`;
  const base = { ...NOTHING, name: `Manager ${lane.name}`, href: managerPath(key) };
  const enrolled = new Set(queue.map(({ target }) => target));
  return [
    ...failures.map(({ n, target, tickets, message, atMs }) => ({
      ...base,
      sinceMs: atMs,
      where: target,
      what: `Push ${n} for ticket ${tickets.join(', ')} failed: ${message}`,
      hints: [`sco lane retry ${key} --reason "…"`],
      offered: [{ label: 'Commit again in the next window', to, command: { kind: 'retryPush' } as const }],
    })),
    ...foreign
      .filter(({ state, target }) => state === 'blocked' && enrolled.has(target))
      .map((one) => ({
        ...base,
        sinceMs: one.atMs,
        where: one.target,
        what: `Saved changes of others would go live with the next Commit: ${one.text}`,
        hints: [acceptForeignHint(key, one)],
        offered: [
          {
            label: 'Let them go live, once',
            to,
            command: { kind: 'acceptForeign', target: one.targetId, seen: one.seen } as const,
            asks: [{ member: 'hours', label: 'For how many hours', as: 'number', value: 12, most: 72 }],
          } as const,
        ],
      })),
    ...ledger.filter(needsDecision).map(({ ticketId, target, savedAtMs, left, state }) => ({
      ...base,
      sinceMs: savedAtMs,
      where: target,
      what:
        left === null
          ? `It is ${state} whether the saved change of ticket ${ticketId} is live`
          : `The change that ticket ${ticketId} saved is not live, and the ticket was ${toWords(left)}: the next Commit would carry it`,
      hints: [`sco lane accept ${key} --ticket ${ticketId} --reason "…"`],
      offered: [{ label: 'Let it go live', to, command: { kind: 'acceptLedger', ticketId } as const }],
    })),
    ...overrides
      .filter(({ review }) => review === null)
      .map((one) => ({
        ...base,
        sinceMs: one.atMs,
        what: `The override of ticket ${one.ticketId} by ${one.by}, confirmed by ${one.confirmedBy}, was ${one.used ? 'used' : 'not used'}: its review is open`,
        evidence: one.reason,
        hints: [`sco lane review ${key} --override ${one.key} --reason "…"`],
        offered: [
          { label: 'Close the review', to, command: { kind: 'closeReview', override: one.key } as const },
        ],
      })),
  ];
}

function pagePath(from: number): string {
  return from === 0 ? '/' : `/?from=${from}`;
}

export function managerPath(key: string): string {
  return `/managers/${encodeURIComponent(key)}`;
}

export function Attention(props: { facts: AttentionFacts; reader: Reader; visitor: Visitor }): VNode {
  const { facts, reader, visitor } = props;
  const items = attentionItems(facts);
  const { stop, opensNext, waiting, failing } = facts;
  const { from, shown, total, more } = waiting;
  return (
    <Page title="Attention" section="/" reader={reader} visitor={visitor} stop={stop}>
      <p class="lead">
        {items.length === 0
          ? 'Nothing waits for a person.'
          : total > shown || more
            ? `${more ? `More than ${total} tickets wait for a person; of the newest ${total}` : `${total} tickets wait for a person; of these`}, the oldest first, here are ${from + 1} to ${Math.min(from + shown, total)}.`
            : `${items.length} ${items.length === 1 ? 'thing waits' : 'things wait'} for a person, the longest wait first.`}{' '}
        {opensNext !== null && (
          <>
            The next window opens <Instant atMs={opensNext.opensAtMs} reader={reader} /> for{' '}
            <a href={`/tickets/${opensNext.ticketId}`}>ticket {opensNext.ticketId}</a>.
          </>
        )}
      </p>
      {items.length > 0 && (
        <ol class="items">
          {items.map((item) => (
            <li>
              <Item item={item} reader={reader} visitor={visitor} />
            </li>
          ))}
        </ol>
      )}
      {failing === null && <p class="notice">Blocked workflows are still being looked for.</p>}
      {(from > 0 || from + shown < total) && (
        <nav aria-label="Pages of this list">
          {from > 0 && (
            <a href={pagePath(Math.max(0, from - shown))} rel="prev">
              Older tickets
            </a>
          )}
          {from > 0 && from + shown < total && ' · '}
          {from + shown < total && (
            <a href={pagePath(from + shown)} rel="next">
              Newer tickets
            </a>
          )}
        </nav>
      )}
      {stop !== 'unreadable' && (
        <section aria-labelledby="switch">
          <h2 id="switch">Stop switch</h2>
          {stop.stopped ? (
            <Typed hint={'sco start --reason "…"'} />
          ) : (
            <Typed hint={'sco stop --reason "…"'} />
          )}
          <CommandButton
            offered={{
              label: stop.stopped ? 'Start pushes again' : 'Stop all pushes',
              to: '/control/commands',
              command: { kind: stop.stopped ? 'start' : 'stop' },
            }}
            visitor={visitor}
          />
        </section>
      )}
    </Page>
  );
}

/** Also on the page of the ticket or manager. */
export function Item(props: { item: AttentionItem; reader: Reader; visitor: Visitor }): VNode {
  const { item, reader, visitor } = props;
  const { name, href, subject, where, what, advice, evidence, hints, offered, sinceMs } = item;
  return (
    <article class="item">
      <h2>
        {href === null ? name : <a href={href}>{name}</a>}
        {subject !== null && ` ${subject}`}
        {where !== null && ` · ${where}`}
      </h2>
      <p>
        {inZone(what, reader)}
        {sinceMs !== null && (
          <>
            , since <Instant atMs={sinceMs} reader={reader} />
          </>
        )}
      </p>
      {advice !== null && <p>To do: {inZone(advice, reader)}</p>}
      {evidence !== null && <p class="quiet">Evidence: {inZone(evidence, reader)}</p>}
      {hints.length > 0 && (
        <ul class="hints">
          {hints.map((hint) => (
            <li>
              <Typed hint={hint} />
            </li>
          ))}
        </ul>
      )}
      {offered.map((one) => (
        <CommandButton offered={one} visitor={visitor} />
      ))}
    </article>
  );
}
