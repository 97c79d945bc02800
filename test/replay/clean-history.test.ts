import { cleanHistory, findForbidden } from '../../scripts/clean-history.js';

const payload = (value: unknown): object => ({
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from(JSON.stringify(value)).toString('base64'),
});

function historyWith(...events: object[]): string {
  return JSON.stringify({ events });
}

describe('what is recorded', () => {
  it.each([
    ['worker@build-7.example/4711', 'worker@recorded'],
    ['gateway@build-7.example', 'gateway@recorded'],
    ['4711@build-7.example', 'client@recorded'],
    ['history-service', 'history-service'],
  ])('of the identity %s only who it was stays: %s', (identity, recorded) => {
    const { json } = cleanHistory(historyWith({ eventId: '1', attributes: { identity } }));
    expect(JSON.parse(json)).toEqual({ events: [{ eventId: '1', attributes: { identity: recorded } }] });
  });

  it('a sticky queue does not name the process that polled it, other queues keep their names', () => {
    const sticky = {
      name: 'worker@build-7.example/4711-ab12',
      kind: 'TASK_QUEUE_KIND_STICKY',
      normalName: 'sco',
    };
    const normal = { name: 'sco-push', kind: 'TASK_QUEUE_KIND_NORMAL' };
    const { json } = cleanHistory(historyWith({ sticky, normal }));
    expect(json).not.toContain('build-7');
    expect(JSON.parse(json)).toEqual({
      events: [{ sticky: { ...sticky, name: 'sticky@recorded' }, normal }],
    });
  });

  it('payloads are not touched', () => {
    const event = { input: { payloads: [payload({ identity: 'worker@inside' })] } };
    expect(JSON.parse(cleanHistory(historyWith(event)).json)).toEqual({ events: [event] });
  });

  it('a secret or a path is found inside a payload too, and reported by its name only', () => {
    const { readable } = cleanHistory(historyWith({ result: payload({ stderr: 'at /home/jana/sco/x.ts' }) }));
    const forbidden = new Map([
      ['the home directory', '/home/jana'],
      ['the actor key', 'never-there'],
    ]);
    expect(findForbidden(readable, forbidden)).toEqual(['the home directory']);
  });
});
