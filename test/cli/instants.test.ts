import { formatRelative } from '../../src/domain/duration-text.js';
import { formatBoth, formatInstant, localInstants } from '../../src/cli/instants.js';

describe('instants for people', () => {
  it.each([
    [Date.UTC(2026, 10, 22, 13), 'Europe/Berlin', '2026-11-22 14:00:00 +01:00'],
    [Date.UTC(2026, 6, 1, 22, 30), 'Europe/Berlin', '2026-07-02 00:30:00 +02:00'],
    [Date.UTC(2026, 10, 22, 13), 'America/St_Johns', '2026-11-22 09:30:00 -03:30'],
    [Date.UTC(2026, 10, 22, 0), 'UTC', '2026-11-22 00:00:00 +00:00'],
  ])('always carry their offset', (ms, zone, text) => {
    expect(formatInstant(ms, zone)).toBe(text);
  });

  it.each([
    ['opens 2026-11-22T13:00:00.000Z, closes', 'opens 2026-11-22 14:00:00 +01:00, closes'],
    ['opens 2026-11-22 13:00:00 +00:00.', 'opens 2026-11-22 14:00:00 +01:00.'],
    ['until 2026-11-22 22:00 +09:00 (JST)', 'until 2026-11-22 14:00:00 +01:00 (JST)'],
    [
      'at 2026-11-22T13:00Z and 2026-11-22T14:00:00-03:30',
      'at 2026-11-22 14:00:00 +01:00 and 2026-11-22 18:30:00 +01:00',
    ],
    [
      'wall time 2026-11-22 13:00:00 and 2026-13-45T99:00Z',
      'wall time 2026-11-22 13:00:00 and 2026-13-45T99:00Z',
    ],
  ])('stand in one form inside texts that were written elsewhere: %s', (text, expected) => {
    expect(localInstants(text, 'Europe/Berlin')).toBe(expected);
  });

  it('say how far away they are', () => {
    expect(formatRelative(10_000, 0)).toBe('in 10 s');
    expect(formatRelative(0, 90_000)).toBe('1 m 30 s ago');
    expect(formatRelative(200, 0)).toBe('now');
    expect(formatBoth(0, { nowMs: 60_000, zone: 'UTC' })).toBe('1970-01-01 00:00:00 +00:00 (1 m ago)');
  });
});
