import type { HistoryFact } from '../domain/history-fact.js';
import type { Names } from './names.js';
import { instantText } from '../domain/instant-text.js';
import { toWords } from '../domain/words.js';
import { field, textField } from './fields.js';
import type { RawRow } from './raw-row.js';

/** What came in: events of the ticket and the answers of lanes. */
export function signalRow(fact: HistoryFact, names: Names): RawRow {
  const input: unknown = Array.isArray(fact.input) ? fact.input[0] : undefined;
  const { atMs } = fact;
  const lane = names.lane(textField(input, 'laneKey'));
  const target = names.target(textField(input, 'target'));
  const row = { atMs, endMs: atMs, kind: 'event', who: null, detail: null } as const;
  switch (fact.name) {
    case 'ticketReported':
      return {
        ...row,
        what: `event ${textField(input, 'name') ?? '?'}`,
        who: reporterOf(input) ?? fact.identity,
        detail: eventText(input),
      };
    case 'laneNews':
      return { ...row, ...newsText(input, lane, target) };
    default:
      return { ...row, what: toWords(fact.name), who: fact.identity };
  }
}

/** Whoever reached Temporal directly may have named any source. */
function reporterOf(input: unknown): string | null {
  const source = textField(input, 'source');
  return source === null || textField(input, 'signature') !== null ? source : `unverified:${source}`;
}

/** News of a lane about a place of the ticket; `messages.ts` has the union. */
function newsText(
  input: unknown,
  lane: string,
  target: string,
): Pick<RawRow, 'what'> & Partial<Pick<RawRow, 'detail' | 'number' | 'again'>> {
  const n = field(input, 'n');
  const push = typeof n === 'number' ? `push ${n} of ${lane}` : lane;
  const number = typeof n === 'number' ? { number: `push ${n}` } : {};
  switch (textField(input, 'kind')) {
    case 'carried':
      return { what: `${lane} starts a push for ${target}`, ...number, again: 'count' };
    case 'back':
      return { what: `nothing was sent for ${target}, it waits again in ${lane}`, ...number, again: 'count' };
    case 'ended':
      // A lane that was lost repeats it.
      return { what: `${push} has a result for ${target}`, again: 'once' };
    case 'missed':
      return { what: `${lane}: the windows of ${target} are over` };
    case 'notice': {
      const message = textField(field(input, 'notice'), 'message');
      if (message === null) return { what: `${lane}: nothing hinders ${target} any more`, again: 'once' };
      return { what: `${lane} on ${target}`, detail: message, again: 'once' };
    }
    case 'asks': {
      const message = textField(input, 'message');
      if (message === null) return { what: `${push}: the question about ${target} is answered` };
      return { what: `${push} asks about ${target}`, detail: message };
    }
    case 'replanned': {
      const opensAtMs = field(field(input, 'next'), 'opensAtMs');
      const detail = typeof opensAtMs === 'number' ? `opens ${instantText(opensAtMs)}` : 'no opening';
      return { what: `the window of ${target} changed`, detail };
    }
    default:
      return { what: `${lane} on ${target}` };
  }
}

function eventText(input: unknown): string | null {
  const info = field(input, 'info');
  const stage = textField(field(info, 'stage'), 'name');
  const refused = field(input, 'scriptRefused');
  const script = textField(refused, 'name');
  const parts = [
    stage === null ? null : `step ${stage}`,
    textField(info, 'comment'),
    script === null ? null : `script ${script} is not run: ${textField(refused, 'reason') ?? '?'}`,
  ];
  const texts = parts.filter((part) => part !== null);
  return texts.length === 0 ? null : texts.join('; ');
}
