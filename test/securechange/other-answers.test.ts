import type { Answer } from '../support/recorded-server.js';
import { failureOf } from '../support/failure-of.js';
import { readJsonFixture, type Recorded } from './fixture.js';
import { API, FIELD, clientOn, designRoutes, fieldOf, ref, ticketRoutes } from './client-on.js';

describe('an answer about something else than what was asked for', () => {
  const OTHER = { kind: 'bug', code: expect.stringMatching(/\.other_object$/) as string };
  const ticket = (id: unknown): Answer => {
    const wire = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
    wire.ticket.id = id;
    return { body: wire };
  };

  it('is no answer: another ticket', async () => {
    const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: ticket(1202) });
    const read = client.readTicket('1201', { requestField: null });
    expect(await failureOf(read)).toMatchObject({
      ...OTHER,
      operation: 'read ticket 1201',
      message: expect.stringMatching(/another ticket/) as string,
    });
  });

  it.each([['1201'], [1201], ['01201'], [' 1201']])(
    'is the same however the id is written (%j)',
    async (id) => {
      const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: ticket(id) });
      expect((await client.readTicket('1201', { requestField: null })).id).toBe('1201');
    },
  );

  it.each([[0], ['0'], [-1201], ['x1201'], [2 ** 60], [null], [{}]])(
    'that has no id of a ticket (%j) is no answer either',
    async (id) => {
      const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: ticket(id) });
      const read = client.readTicket('1201', { requestField: null });
      expect(await failureOf(read)).toMatchObject({ code: 'securechange.wrong_schema' });
    },
  );

  it('does not reach a write: the task of another ticket is not completed', async () => {
    const { client, received } = await clientOn({ [`GET ${API}/tickets/1201`]: ticket(1202) });
    const value = { name: 'Approved', value: { kind: 'text', text: 'x' } } as never;
    expect(await failureOf(client.completeTask(ref, [value]))).toMatchObject(OTHER);
    expect(received.map(({ method }) => method)).toEqual(['GET']);
  });

  it('is no answer: another field', async () => {
    const routes = designRoutes('two-devices', 'designer success');
    const { client } = await clientOn({
      ...routes,
      [`GET ${FIELD}`]: fieldOf('designer success', (field) => (field.id = 81099)),
    });
    expect(await failureOf(client.readDesign(ref))).toMatchObject(OTHER);
  });

  it.each<[string, (report: Recorded) => void]>([
    ['of another ticket', (report) => (report.ticketId = 1202)],
    ['of another manager', (report) => (report.managmentName = 'DG-C')],
    ['of one whose name begins alike', (report) => (report.managmentName = 'DG-B2')],
    ['of one whose name is a part of it', (report) => (report.managmentName = 'DG')],
    ['of a virtual system of it', (report) => (report.managmentName = 'DG-B/vsys2')],
    ['of another virtual system', (report) => (report.managmentName = 'DG-B:vsys2')],
    ['of one whose name ends alike', (report) => (report.managmentName = 'OLD-DG-B')],
  ])('is no answer: a commit report %s', async (_what, change) => {
    const report = readJsonFixture('securechange', 'commit-report.success.json');
    change(report.commit_report);
    const { client } = await clientOn({
      ...designRoutes('committed', 'commit success'),
      [`GET ${FIELD}/designer/commit_report/21`]: { body: report },
    });
    expect(await failureOf(client.readCommitReport(ref, '21'))).toMatchObject(OTHER);
  });

  it('may leave out whose it is, and may write a name in its own way', async () => {
    for (const change of [
      (report: Recorded) => delete report.ticketId,
      (report: Recorded) => delete report.managmentName,
      (report: Recorded) => (report.managmentName = 'PANO-8 / dg-b'),
      (report: Recorded) => (report.managmentName = 'DG-B (PANO-8)'),
    ]) {
      const report = readJsonFixture('securechange', 'commit-report.success.json');
      change(report.commit_report);
      const { client } = await clientOn({
        ...designRoutes('committed', 'commit success'),
        [`GET ${FIELD}/designer/commit_report/21`]: { body: report },
      });
      expect((await client.readCommitReport(ref, '21')).state).toBe('committed');
    }
  });

  it('is no answer: a workflow whose name begins alike', async () => {
    const body = (name: string) => ({ body: { workflow: { name, steps: { step: [{ name: 'Open' }] } } } });
    const read = async (name: string) => {
      const { client } = await clientOn({ [`GET ${API}/workflows`]: body(name) });
      return await client.readWorkflow('Firewall change');
    };
    expect(await failureOf(read('Firewall change v2'))).toMatchObject(OTHER);
    expect(await failureOf(read('Firewall'))).toMatchObject(OTHER);
    expect(await read('firewall CHANGE ')).toMatchObject({ steps: ['Open'] });
  });

  it('is no answer: another device', async () => {
    const device = readJsonFixture('securetrack', 'device.20.json');
    const { client } = await clientOn({
      ...designRoutes('two-devices', 'designer success'),
      'GET /securetrack/api/devices': { body: { devices: '' } },
      'GET /securetrack/api/devices/20': { body: device },
      'GET /securetrack/api/devices/21': { body: device },
    });
    expect(await failureOf(client.readDesign(ref))).toMatchObject(OTHER);
  });

  it('nested without end is refused before anything walks it', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const { client } = await clientOn({
      ...designRoutes('committed', 'commit success'),
      [`GET ${FIELD}/designer/commit_report/21`]: { body: deep },
    });
    expect(await failureOf(client.readCommitReport(ref, '21'))).toMatchObject({
      code: 'securechange.wrong_schema',
      message: expect.stringMatching(/64 levels/) as string,
    });
  });
});
