import { createOutboxAges } from '../../activities/outbox-ages.js';
import { showOutboxAges } from '../../workers/show-outbox-ages.js';
import { eventually } from '../support/eventually.js';

const MINUTE = 60_000;
const message = (key: string, queuedAtMs: number, server = 'servicenow') => ({ key, server, queuedAtMs });

function ages() {
  const clock = { nowMs: 100 * MINUTE };
  return { clock, outbox: createOutboxAges(() => clock.nowMs) };
}

it('the oldest message of each server counts, while it is tried and between its attempts', () => {
  const { clock, outbox } = ages();
  const old = message('a', clock.nowMs - 10 * MINUTE);
  outbox.begun(old);
  outbox.begun(message('b', clock.nowMs - MINUTE));
  outbox.begun(message('c', clock.nowMs - 2 * MINUTE, 'mail'));
  expect(Object.fromEntries(outbox.oldest())).toEqual({ servicenow: 600, mail: 120 });

  outbox.ended(old, 'failed');
  clock.nowMs += 5 * MINUTE;
  expect(outbox.oldest().get('servicenow')).toBe(900);
  outbox.ended(old, 'acknowledged');
  expect(outbox.oldest().get('servicenow')).toBe(360);
});

it('a message that this worker does not try any more is forgotten, one that it is trying is not', () => {
  const { clock, outbox } = ages();
  const given = message('a', clock.nowMs);
  outbox.begun(given);
  outbox.ended(given, 'failed');
  outbox.begun(message('hangs', clock.nowMs, 'mail'));
  clock.nowMs += 15 * MINUTE;
  expect(outbox.oldest().get('servicenow')).toBe(900);
  clock.nowMs += MINUTE;
  expect(Object.fromEntries(outbox.oldest())).toEqual({ servicenow: 0, mail: 960 });
});

it('the gauge is set at once and again until the worker ends', async () => {
  const { clock, outbox } = ages();
  outbox.begun(message('a', clock.nowMs - MINUTE));
  const seen: unknown[] = [];
  const ending = new AbortController();
  const ended = showOutboxAges(outbox, (...measured) => seen.push(measured), 1, ending.signal);
  await eventually('it was set twice', () => seen.length >= 2);
  ending.abort();
  await ended;
  expect(seen[0]).toEqual(['sco_outbox_age_seconds', 60, { server: 'servicenow' }]);
});
