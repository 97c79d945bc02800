import { ack } from '../bench/ack.js';
import { herd } from '../bench/herd.js';
import { inWindow } from '../bench/in-window.js';
import { quietSdk } from '../support/quiet-sdk.js';

quietSdk();

it('the bench of a herd measures few tickets as it measures many, on fewer managers than it may use', async () => {
  const report = await herd({
    tickets: 3,
    managers: 5,
    commitMs: 300,
    noticeMs: 3_000,
    log: () => undefined,
  });
  const valueOf = (name: string) => report.figures.find((figure) => figure.name === name)?.value;
  expect(valueOf('Commits')).toBe(3);
  expect(valueOf('parked')).toBe(0);
  expect(valueOf('closed')).toBe(3);
  expect(valueOf('tickets without a recorded result')).toBe(0);
  expect(report.figures.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
});

it('the bench of a window in which all is saved compares the estimate with what it took', async () => {
  const report = await inWindow({ tickets: 3, scale: 200, noticeMs: 3_000, log: () => undefined });
  const valueOf = (name: string) => report.figures.find((figure) => figure.name === name)?.value;
  expect(valueOf('parked')).toBe(0);
  expect(valueOf('Updates')).toBe(3);
  expect(valueOf('Commits')).toBe(1);
  expect(valueOf('redesigns')).toBeGreaterThan(0);
  // Three Updates of 90 s and a Commit of 240 s, divided by 200.
  expect(valueOf('estimate')).toBe(2_550);
  expect(report.figures.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
});

it('the bench of acknowledgements measures the gateway and both ways beside it', async () => {
  const report = await ack({ callers: [2], seconds: 1, log: () => undefined });
  const acknowledged = report.figures.find(({ name }) => name === '2 callers: events acknowledged');
  expect(acknowledged?.value).toBeGreaterThan(0);
  expect(acknowledged?.bare).toBeGreaterThan(0);
  expect(report.figures.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
});
