/**
 * `npm run answers -- FOLDER`: reads recorded answers of SecureChange and SecureTrack (JSON or XML files, of other
 * people's test suites for example) as the product does, and prints how many become facts and why the others do not.
 */
import { NO_CAPABILITIES } from '../src/domain/capabilities.js';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { z } from 'zod';
import { triggersSchema } from '../src/cli/doctor/triggers.js';
import { runSchema, runsSchema, windowsSchema } from '../src/securechange/change-windows.js';
import { toList, toObject } from '../src/securechange/normalise.js';
import { toRequestField } from '../src/securechange/request-field.js';
import type { Rows } from '../src/securechange/rows.js';
import { toDesign } from '../src/securechange/to-design.js';
import { toFacts } from '../src/securechange/to-facts.js';
import {
  designerSchema,
  deviceListSchema,
  fieldAnswerSchema,
  historySchema,
  revisionSchema,
  singleDeviceSchema,
  ticketListSchema,
  ticketSchema,
  usersSchema,
  verifierSchema,
  workflowAnswerSchema,
} from '../src/securechange/wire.js';

/** Makes facts of the value found under a root, or throws; rows of lists that are odd are named. */
type Reader = (root: unknown) => Rows<unknown> | null | undefined | object;

const OPTIONS = { requestField: null, ownLogin: null };

const READERS: Readonly<Record<string, Reader>> = {
  ticket: (ticket) => toFacts(ticketSchema.parse({ ticket }).ticket, [], OPTIONS),
  tickets: (tickets) => ticketListSchema.parse({ tickets }).tickets?.ticket,
  ticket_history_activities: (value) => {
    const lines = historySchema.parse({ ticket_history_activities: value }).ticket_history_activities ?? [];
    const odd = lines.flatMap((line) =>
      line.odd === undefined ? [] : [{ row: line.odd, id: null, why: '' }],
    );
    return { rows: lines, odd };
  },
  designer_results: (value) => {
    const results = designerSchema.parse({ designer_results: value }).designer_results;
    const field = { id: '1', name: null, designer_result: { status: 'designer success' } };
    const suggestions = results.suggestions_per_device;
    return toDesign({
      field,
      suggestions,
      devices: new Map(),
      capabilities: NO_CAPABILITIES,
      commits: new Map(),
    });
  },
  access_request_verifier_result: (value) => verifierSchema.parse({ access_request_verifier_result: value }),
  field: (field) => toRequestField(fieldAnswerSchema.parse({ field }).field),
  devices: (devices) => deviceListSchema.parse({ devices }).devices?.device,
  device: (device) => singleDeviceSchema.parse({ device }),
  users: (users) => usersSchema.parse({ users }).users?.user,
  workflow: (workflow) => {
    const found = workflowAnswerSchema.parse({ workflow }).workflow;
    if (found === null) throw new Error('no steps: a row of the list of workflows');
    return found.steps;
  },
  workflow_triggers: (value) => triggersSchema.parse({ workflow_triggers: value }).workflow_triggers,
  revision: (revision) => revisionSchema.parse({ revision }),
  change_windows: (value) => windowsSchema.parse({ change_windows: value }).change_windows?.change_window,
  commit_tasks: (value) => runsSchema.parse({ commit_tasks: value }).commit_tasks?.commit_task,
  commit_task: (value) => runSchema.parse({ commit_task: value }),
};

/** Lists of these hold whole answers of a single one: each row counts as one. */
const EACH_ROW = new Set(['ticket', 'device', 'field', 'revision', 'workflow']);

interface Tally {
  good: number;
  all: number;
  readonly why: Map<string, { count: number; example: string }>;
}

function main([folder]: readonly string[]): number {
  if (folder === undefined || !statSync(folder).isDirectory()) {
    process.stderr.write('usage: npm run answers -- FOLDER\n');
    return 2;
  }
  const tallies = new Map<string, Tally>();
  const unread: string[] = [];
  for (const file of filesBelow(folder)) {
    const name = relative(folder, file);
    try {
      const text = readFileSync(file, 'utf8');
      visit(extname(file) === '.xml' ? jsonOf(text) : JSON.parse(text), name, tallies);
    } catch (error) {
      unread.push(`${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`);
    }
  }
  const lines = [...tallies]
    .sort()
    .flatMap(([kind, { good, all, why }]) => [
      `${kind}: ${good} of ${all}`,
      ...[...why].map(([reason, { count, example }]) => `    ${count} × ${reason} (${example})`),
    ]);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (unread.length > 0) process.stdout.write(`neither JSON nor XML: ${unread.join('; ')}\n`);
  return 0;
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (['.json', '.xml'].includes(extname(entry.name))) yield path;
  }
}

interface XmlNode {
  readonly members: Record<string, unknown>;
  text: string;
}

const MARKUP =
  /<!--[^]*?-->|<[?!][^>]*>|<\/[^>]+>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;

/** XML in the form of the JSON that the same server gives: `@` before attributes, one entry as it is, several as a list. */
function jsonOf(xml: string): unknown {
  const top: XmlNode = { members: {}, text: '' };
  const open: { readonly name: string; readonly node: XmlNode }[] = [{ name: '', node: top }];
  let at = 0;
  const close = (): void => {
    const ended = open.pop();
    const parent = open.at(-1)?.node.members;
    if (ended === undefined || parent === undefined) throw new Error('the XML is not well-formed');
    const { members, text } = ended.node;
    const value = Object.keys(members).length > 0 ? members : text.trim();
    const before = parent[ended.name];
    parent[ended.name] =
      before === undefined ? value : [...(Array.isArray(before) ? (before as unknown[]) : [before]), value];
  };
  for (const markup of xml.matchAll(MARKUP)) {
    const [whole, name, attributes = '', ended] = markup;
    const current = open.at(-1);
    if (current === undefined) throw new Error('the XML is not well-formed');
    current.node.text += decoded(xml.slice(at, markup.index));
    at = markup.index + whole.length;
    if (name !== undefined) {
      const node: XmlNode = { members: {}, text: '' };
      for (const [, key = '', value = ''] of attributes.matchAll(/([\w:.-]+)\s*=\s*["']([^"']*)["']/g)) {
        if (!key.startsWith('xmlns')) node.members[`@${key.replace(':', '.')}`] = decoded(value);
      }
      open.push({ name, node });
      if (ended === '/') close();
    } else if (whole.startsWith('</')) close();
  }
  if (open.length !== 1) throw new Error('the XML is not well-formed');
  return top.members;
}

function decoded(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** The root member says what the answer is. A list of tickets is read as a list and, row by row, as tickets. */
function visit(body: unknown, file: string, tallies: Map<string, Tally>): void {
  for (const [root, value] of Object.entries(toObject(body) ?? {})) {
    const reader = READERS[root];
    if (reader === undefined) continue;
    const entries = EACH_ROW.has(root) ? toList(value) : [value];
    for (const entry of entries) count(root, entry, reader, file, tallies);
    const inner = toObject(value) ?? {};
    if (root === 'tickets' || root === 'devices' || root === 'workflows') visit(inner, file, tallies);
  }
}

function count(
  kind: string,
  entry: unknown,
  reader: Reader,
  file: string,
  tallies: Map<string, Tally>,
): void {
  const tally: Tally = tallies.get(kind) ?? { good: 0, all: 0, why: new Map() };
  tallies.set(kind, tally);
  tally.all += 1;
  const blame = (reason: string): void => {
    const known = tally.why.get(reason) ?? { count: 0, example: file };
    tally.why.set(reason, { ...known, count: known.count + 1 });
  };
  try {
    const read = reader(entry);
    tally.good += 1;
    if (read && 'odd' in read && Array.isArray(read.odd)) {
      for (const { why } of read.odd) blame(`a row is left out: ${why}`);
    }
  } catch (error) {
    blame(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path }) => path.join('.')).join(', ');
  return error instanceof Error ? error.message : 'unknown';
}

process.exitCode = main(process.argv.slice(2));
