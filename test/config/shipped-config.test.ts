/** The files in config/ as they ship: what a newcomer, the demo and the simulator rely on. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Definitions } from '../../activities/contract.js';
import type { CalendarSource } from '../../src/calendar/create-calendars.js';
import { createCalendars } from '../../src/calendar/create-calendars.js';
import { createConfigSource } from '../../src/config/config-source.js';
import { jsonSchemas } from '../../src/config/json-schemas.js';
import { loadConfig } from '../../src/config/load-config.js';
import { createScriptReferences } from '../../src/config/script-references.js';
import { createReferences } from '../../src/config/secret-reference.js';
import { SETTINGS_TABLE } from '../../src/config/settings-table.js';
import { placeholderNames } from '../../src/integrations/placeholders.js';
import type { ScriptReferences } from '../../src/scripts/child-environment.js';
import type { ScriptEntry } from '../../src/domain/script-entry.js';
import { documentedPlaceholders } from '../support/documented-placeholders.js';
import { defaultScenario } from '../../packages/simulator/src/index.js';

const config = loadConfig('config');

describe('the shipped configuration', () => {
  it('has definitions whose workflows, steps and fields are those the simulator plays', () => {
    for (const process of config.processes) {
      const played = defaultScenario.workflows.find(({ name }) => name === process.workflow);
      expect(played).toBeDefined();
      expect(played!.steps.map(({ name }) => name)).toEqual(Object.keys(process.steps));
      expect(played!.type).toBe(process.workflowType);
      const fields = played!.steps.flatMap((step) => (step.fields ?? []).map(({ name }) => name));
      expect(fields).toContain(process.requestField);
      for (const { field } of process.approvals) if (field !== null) expect(fields).toContain(field);
    }
    expect(config.processes.map(({ name }) => name).sort()).toEqual([
      'emergency-change',
      'firewall-change',
      'firewall-change-auto',
      'firewall-change-itsm',
      'firewall-change-two-approvals',
      'group-change',
      'mediator-test',
    ]);
  });

  it('has templates in which every placeholder is known', () => {
    const points = config.processes.flatMap((process) => process.integrationPoints);
    expect(points.length).toBeGreaterThan(0);
    const known = documentedPlaceholders();
    const names = points.flatMap((point) => placeholderNames(point.body));
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('drives nothing unasked: every definition ships in observe', () => {
    const modes = loadConfig('config').processes.map(({ name, mode }) => [name, mode]);
    expect(modes.filter(([, mode]) => mode !== 'observe')).toEqual([]);
    expect(modes.length).toBeGreaterThan(0);
  });

  it('has a nightly calendar that opens, with its freezes', () => {
    const calendars = createCalendars(createConfigSource('config', { env: {} }));
    const plan = calendars.plan({
      calendars: ['nightly'],
      fromMs: Date.parse('2026-12-16T12:00Z'),
      horizonDays: 30,
      target: null,
    });
    expect(plan.noneReason).toBeNull();
    expect(plan.intervals.slice(0, 3).map(({ opensAtMs }) => new Date(opensAtMs).toISOString())).toEqual([
      '2026-12-16T21:00:00.000Z',
      '2026-12-17T21:00:00.000Z',
      '2027-01-04T23:00:00.000Z',
    ]);
    // A night that meets the freeze keeps what lies outside it, at both ends.
    expect(new Date(plan.intervals[1]!.closesAtMs).toISOString()).toBe('2026-12-17T23:00:00.000Z');
  });

  it('names the executables of its scripts by their present bytes; after a review: npm run scripts:hash', () => {
    const entries = config.scripts.filter((script) => script.executable !== null);
    expect(entries.map(({ name }) => name)).toEqual(['mediator-test']);
    for (const { executable, sha256 } of entries) {
      expect(createHash('sha256').update(readFileSync(executable!)).digest('hex')).toBe(sha256);
      expect(statSync(executable!).mode & 0o111).not.toBe(0);
    }
  });

  it('refers only to variables that are documented', () => {
    const texts = readdirSync('config', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(join('config', name), 'utf8'));
    const named = texts.flatMap((text) => [
      ...text.matchAll(/Env: ([A-Z0-9_]+)|(?:setting|secret):([A-Z0-9_]+)/g),
    ]);
    const documented = new Set([...SETTINGS_TABLE.map((row) => row.name), 'SECURECHANGE_CREDENTIAL']);
    expect(named.length).toBeGreaterThan(4);
    expect(named.map((match) => match[1] ?? match[2]).filter((name) => !documented.has(name!))).toEqual([]);
  });

  it('holds no secret, and is safe in every way a choice could be unsafe', () => {
    expect(config.warnings).toEqual([]);
    const servers = readFileSync('config/servers.yaml', 'utf8') + readFileSync('config/people.yaml', 'utf8');
    expect(servers).not.toMatch(/^\s*(?:password|token|secret):/m);
  });

  it('works as a copy with calendars of its own', () => {
    const copy = mkdtempSync(join(tmpdir(), 'sco-copy-'));
    cpSync('config', copy, { recursive: true });
    writeFileSync(
      join(copy, 'calendars.yaml'),
      'calendars: { nightly: { oneOff: [{ opens: 2027-01-01T00:00:00Z, closes: 2027-01-01T00:01:30Z }] } }\n',
    );
    const calendars = createCalendars(createConfigSource(copy, { env: {} }));
    const { intervals } = calendars.plan({
      calendars: ['nightly'],
      fromMs: Date.parse('2026-12-31T00:00Z'),
      horizonDays: 3,
      target: null,
    });
    rmSync(copy, { recursive: true });
    expect(intervals).toMatchObject([
      { opensAtMs: Date.parse('2027-01-01T00:00Z'), closesAtMs: Date.parse('2027-01-01T00:01:30Z') },
    ]);
  });

  it('fits the other modules', () => {
    const source = createConfigSource('config', { env: {} });
    const definitions: Definitions = source;
    const calendars: CalendarSource = source;
    const scripts: readonly ScriptEntry[] = source.scripts();
    const references: ScriptReferences = createScriptReferences(createReferences('config', {}));
    expect(definitions.processFor('Firewall change')?.mode).toBe('observe');
    expect(calendars.calendar('nightly')?.zone).toBe('Europe/Berlin');
    expect(scripts.map(({ name }) => name)).toEqual(['ticket-events', 'mediator-test']);
    expect(references.secret('NOT_THERE')).toBeUndefined();
  });

  it('has schemas for editors that are up to date', () => {
    for (const [name, schema] of jsonSchemas()) {
      expect(JSON.parse(readFileSync(join('config/schema', name), 'utf8'))).toEqual(
        JSON.parse(JSON.stringify(schema)),
      );
    }
  });
});
