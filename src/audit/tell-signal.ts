import type { HistoryFact } from '../domain/history-fact.js';
import type { Names } from './names.js';
import { field, textField, toWords } from './plain-words.js';
import type { Told } from './told.js';

/** What came in: events of the ticket and the answers of lanes. */
export function tellSignal(fact: HistoryFact, names: Names): Told {
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
    case 'laneGranted': {
      const token = field(input, 'token');
      return {
        ...row,
        what: `turn on ${target} granted by ${lane}`,
        ...(typeof token === 'number' && { number: `token ${token}` }),
        again: 'count',
      };
    }
    case 'laneRefused': {
      const message = textField(input, 'message');
      const detail = message?.startsWith(`${lane}: `) ? message.slice(lane.length + 2) : message;
      // A ticket that asks again is told again.
      return textField(input, 'why') === 'ledger'
        ? { ...row, what: `turn on ${target} refused by ${lane}`, detail: detail ?? null, again: 'once' }
        : { ...row, what: `${lane} on ${target}`, detail: detail ?? null };
    }
    default:
      return { ...row, what: toWords(fact.name), who: fact.identity };
  }
}

/** Whoever reached Temporal directly may have named any source. */
function reporterOf(input: unknown): string | null {
  const source = textField(input, 'source');
  return source === null || textField(input, 'signature') !== null ? source : `unverified:${source}`;
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
  const told = parts.filter((part) => part !== null);
  return told.length === 0 ? null : told.join('; ');
}
