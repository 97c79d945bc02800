import { renderTimeline } from '../audit/render-text.js';
import { durationText } from '../domain/duration-text.js';
import { toTimeline } from '../audit/timeline.js';
import type { HistoryFact } from '../../packages/client/src/contract.js';
import { ticketWorkflowId } from '../domain/ids.js';
import { instantText } from '../domain/instant-text.js';
import type { Product } from '../embedded/product.js';
import { attentionLines, deviceTable, ticketPageUrl } from './frame.js';
import type { Result } from './player.js';
import { columns, short, type Colours } from './table.js';

const NOTE_WIDTH = 100;

/** Everything a newcomer wants to see once it is over: the ticket's life, its messages, and what was proven. */
export function renderReport(
  result: Result,
  histories: readonly { readonly ticketId: string; readonly facts: readonly HistoryFact[] }[],
  options: { readonly colours: Colours; readonly width: number },
): string {
  const { colours } = options;
  return [
    ...histories.map(({ ticketId, facts }) => timeline(ticketId, facts, options)),
    devices(result, colours),
    attention(result, colours),
    messages(result, colours),
    proven(result, colours),
  ]
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n');
}

function timeline(
  ticketId: string,
  facts: readonly HistoryFact[],
  { colours, width }: { colours: Colours; width: number },
): string[] {
  const text = renderTimeline(toTimeline(facts, { idleMs: 2_000 }), {
    formatInstant: instantText,
    width,
    mark: (kind, line) =>
      kind === 'event' || kind === 'command'
        ? colours.cyan(line)
        : kind === 'end' || kind === 'state'
          ? colours.bold(line)
          : kind === 'idle'
            ? colours.dim(line)
            : line,
  });
  return [colours.bold(`The life of ticket ${ticketId}, from its history`), text];
}

function devices({ tickets }: Result, colours: Colours): string[] {
  const [, ...table] = deviceTable(tickets, colours);
  return table.length === 0 ? [] : [colours.bold('The devices'), ...table];
}

/** What is still parked when the scenario is over: normally nothing. */
function attention({ tickets }: Result, colours: Colours): string[] {
  const lines = tickets.flatMap((view) => attentionLines(`Ticket ${view.ticketId}`, view, colours));
  return lines.length === 0 ? [] : [colours.bold('Needs attention'), ...lines];
}

/** ServiceNow's numbers in its words. */
const CHANGE_STATES: Readonly<Record<string, string>> = {
  '-5': 'new',
  '-4': 'assess',
  '-3': 'authorize',
  '-2': 'scheduled',
  '-1': 'implement',
  '0': 'review',
  '3': 'closed',
  '4': 'canceled',
};

function messages({ itsmChanges }: Result, colours: Colours): string[] {
  if (itsmChanges.length === 0) return [];
  const rows = itsmChanges.flatMap((change) => [
    [change.number, CHANGE_STATES[change.state] ?? change.state, short(change.shortDescription, NOTE_WIDTH)],
    ...change.notes.map(({ text }) => ['', 'note', short(text, NOTE_WIDTH)]),
  ]);
  return [colours.bold('What the ITSM received'), ...columns(['Change', 'State', 'Text'], rows, colours)];
}

function proven({ expectations, passed, durationMs }: Result, colours: Colours): string[] {
  const lines = expectations.flatMap(({ text, held, detail }) => {
    const mark = held ? colours.green('✓') : colours.red('✗');
    const seen = detail === null || detail === '' ? '' : colours.dim(`  (${detail})`);
    return [`${mark} ${held ? text : colours.red(text)}${seen}`];
  });
  const held = expectations.filter((one) => one.held).length;
  const verdict = `${held} of ${expectations.length} expectations held, in ${durationText(durationMs)}`;
  return [
    colours.bold('What was expected'),
    ...lines,
    '',
    passed ? colours.green(verdict) : colours.red(verdict),
  ];
}

/** What to run or read next. */
export function whereNext(scenarioNames: readonly string[], played: string, colours: Colours): string {
  const others = scenarioNames.filter((name) => name !== played);
  return [
    colours.bold('Look further'),
    `  npm run demo -- --scenario ${played} --keep`,
    '                                     the same, and stays up for its pages, the Web UI and sco',
    `  npm run demo -- --scenario ${others[0] ?? played}`,
    `                                     also ${others.slice(1).join(', ')}`,
    '  npm start -- --simulator           the product itself, to play with by hand',
    '  workflows/ticket-life.ts           the life of a ticket: the first file to read',
  ].join('\n');
}

/** With `--keep`: how to inspect what runs. */
export function howToInspect(product: Product, ticketIds: readonly string[], colours: Colours): string {
  const id = ticketIds[0] ?? '1';
  const ui = product.temporal.uiUrl;
  return [
    colours.bold('Everything still runs. In another terminal, from this folder:'),
    `  export TEMPORAL_ADDRESS=${product.temporal.address}`,
    `  export SCO_GATEWAY_URL=${product.gatewayUrl}`,
    `  export SCO_TOKEN_FILE=${product.operatorTokenFile ?? ''}`,
    ...['SCO_CONFIG_DIR', 'SCO_DATA_DIR'].map((name) => `  export ${name}=${product.env[name] ?? ''}`),
    '  npx sco ticket list --all',
    `  npx sco ticket show ${id}`,
    `  npx sco ticket history ${id}`,
    '  npx sco lane list',
    `Ticket page      ${ticketPageUrl(product.gatewayUrl, id)}  (sign in with the token in that file)`,
    ...(ui === undefined
      ? []
      : [
          `Temporal Web UI  ${ui}`,
          `  ticket ${id}       ${ui}/namespaces/${product.temporal.namespace}/workflows/${encodeURIComponent(ticketWorkflowId(id))}`,
        ]),
    `Simulator        ${product.simulatorUrl ?? ''}/simulator/writes  (every write it received)`,
    colours.bold('Ctrl-C ends it and removes what it stored.'),
  ].join('\n');
}
