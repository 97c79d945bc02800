import { METRICS } from '../../src/domain/metrics.js';
import { alertRules, panels, readBy } from '../support/alert-rules.js';
import { runSco } from '../support/cli-context.js';

/** Labels by the names under which Prometheus keeps our metrics. */
const OURS = new Map<string, readonly string[]>(
  Object.entries(METRICS).flatMap(([name, { kind, labels }]): [string, readonly string[]][] =>
    kind === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']],
          [`${name}_count`, labels],
          [`${name}_sum`, labels],
        ]
      : [[name, labels]],
  ),
);

const USES = [
  ...alertRules().map(({ alert, expr }) => [alert, expr] as const),
  ...panels().flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

it.each(USES)('%s reads metrics and labels that exist: %s', (_where, expr) => {
  const { metrics, labels } = readBy(expr);
  expect(metrics.length).toBeGreaterThan(0);
  const ours = metrics.filter((name) => name.startsWith('sco_'));
  for (const name of ours) expect([...OURS.keys()]).toContain(name);
  // Names of the SDK are checked where a worker serves them.
  for (const name of metrics) expect(name).toMatch(/^(sco|temporal)_/);
  if (ours.length === metrics.length)
    for (const label of labels) expect(ours.flatMap((name) => OURS.get(name) ?? [])).toContain(label);
});

it('a mistake in an expression is found', () => {
  expect(() => readBy('sum by (lane (sco_lane_paused)')).toThrow('no PromQL');
});

it('each metric is watched by an alert or shown by a panel', () => {
  const read = USES.flatMap(([, expr]) => readBy(expr).metrics);
  const unseen = Object.keys(METRICS).filter((name) => !read.some((one) => one.startsWith(name)));
  expect(unseen).toEqual([]);
});

describe('an alert', () => {
  it('has a name of its own, a severity and a sentence', () => {
    const names = alertRules().map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const { labels, annotations } of alertRules()) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/^[A-Z{]/);
    }
  });

  // A counter begins with its first event, at 1: what it was before is not 0 for Prometheus but nothing, and nothing has increased.
  it('about single events knows the first one too', () => {
    const counted = alertRules().filter(({ expr }) => /increase\(/.test(expr) && /> 0$/.test(expr.trim()));
    const repeated = ['ScoMessagesOld'];
    for (const { alert, expr } of counted.filter((rule) => !repeated.includes(rule.alert))) {
      const [, selector = '?', span = '?'] = /increase\((.+)\[(\w+)\]\)/.exec(expr) ?? [];
      expect([alert, expr]).toEqual([
        alert,
        expect.stringContaining(`or (${selector} unless ${selector} offset ${span})`),
      ]);
    }
    expect(counted.length).toBeGreaterThan(3);
  });

  it('names only labels in its texts that its expression keeps', () => {
    for (const { expr, annotations } of alertRules()) {
      const named = [
        ...Object.values(annotations)
          .join(' ')
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label]) => label);
      for (const label of named) expect(readBy(expr).labels).toContain(label);
    }
  });

  it.each(alertRules().map(({ alert, annotations }) => [alert, annotations.command]))(
    '%s says a command that there is: %s',
    async (_alert, command) => {
      const words = command.split(' ').slice(1);
      const names = words.slice(0, words.findIndex((word) => !/^[a-z]+$/.test(word)) >>> 0);
      const options = words.filter((word) => word.startsWith('--'));
      const { code, out } = await runSco([...names, '--help']);
      expect([code, out.split('\n', 1)[0]]).toEqual([
        0,
        expect.stringMatching(`^Usage: sco ${names.join(' ')}\\b`),
      ]);
      for (const option of options) expect(out).toContain(` ${option} `);
    },
  );
});

it('panels have a place and an id of their own', () => {
  const places = panels().map(({ gridPos: { x, y } }) => `${x}/${y}`);
  expect(new Set(places).size).toBe(places.length);
  expect(new Set(panels().map(({ id }) => id)).size).toBe(places.length);
});
