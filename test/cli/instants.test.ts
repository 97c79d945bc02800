import { formatBoth, formatInstant, formatRelative } from '../../src/cli/instants.js';

describe('instants for people', () => {
  it.each([
    [Date.UTC(2026, 10, 22, 13), 'Europe/Berlin', '2026-11-22 14:00:00 +01:00'],
    [Date.UTC(2026, 6, 1, 22, 30), 'Europe/Berlin', '2026-07-02 00:30:00 +02:00'],
    [Date.UTC(2026, 10, 22, 13), 'America/St_Johns', '2026-11-22 09:30:00 -03:30'],
    [Date.UTC(2026, 10, 22, 0), 'UTC', '2026-11-22 00:00:00 +00:00'],
  ])('always carry their offset', (ms, zone, text) => {
    expect(formatInstant(ms, zone)).toBe(text);
  });

  it('say how far away they are', () => {
    expect(formatRelative(10_000, 0)).toBe('in 10 s');
    expect(formatRelative(0, 90_000)).toBe('1 m 30 s ago');
    expect(formatRelative(200, 0)).toBe('now');
    expect(formatBoth(0, { nowMs: 60_000, zone: 'UTC' })).toBe('1970-01-01 00:00:00 +00:00 (1 m ago)');
  });
});
