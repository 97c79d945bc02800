import { findOwnTicket, type FoundOwn } from '../../activities/own-ticket.js';
import { backOutId, backOutMark } from '../../src/domain/back-out.js';
import { createHttp } from '../../src/http/http.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import type { ReverseRequest, SecureChange } from '../../src/securechange/secure-change.js';
import { startStandIn, type StandIn } from '../../packages/simulator/test/stand-in.js';
import { failureOf } from '../support/failure-of.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

let simulator: StandIn;
let client: SecureChange;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  simulator = await startStandIn();
  const http = (name: string) => {
    const auth = { kind: 'basic', user: 'wf-api', password: 'wf-api' } as const;
    const created = createHttp({ name, baseUrl: simulator.running.url, auth });
    closers.push(() => created.close());
    return created;
  };
  client = createSecureChange({
    http: http('securechange'),
    secureTrackHttp: http('securetrack'),
    login: 'wf-api',
    clock: { now: () => Date.now() },
    capabilities: shippedCapabilities,
  });
});
afterAll(async () => {
  for (const close of closers) await close();
  await simulator.running.close();
});

const target = (id: number, name: string) => ({
  '@type': 'Object',
  object_name: name,
  management_id: id,
  management_name: name,
});
const reverseOf = (id: number, part: Partial<ReverseRequest> = {}): ReverseRequest => ({
  ticketId: String(id),
  requestField: 'Required Access',
  requestDigest: null,
  devices: ['21', '31', '40'],
  all: true,
  ...part,
});
async function find(id: number): Promise<FoundOwn> {
  const own = {
    mark: backOutMark(String(id)),
    externalId: backOutId(String(id)),
    requester: await client.whoAmI(),
    workflow: 'Firewall change',
  };
  return await findOwnTicket(client, own, new AbortController().signal, { onlyInProgress: true });
}
async function opened(id: number, part: Partial<ReverseRequest> = {}) {
  expect(await find(id)).toEqual({ kind: 'none' });
  await client.openReverse(reverseOf(id, part));
  const found = await find(id);
  expect(found.kind).toBe('found');
  const foundId = found.kind === 'found' ? found.ticket.id : '-';
  const content = await client.readContent(foundId);
  const fields = content.steps[0]!.tasks[0]!.fields;
  const requests = fields.find(({ name }) => name === 'Required Access')!.value as unknown as {
    access_request: unknown;
  };
  return {
    id: foundId,
    fields,
    requests,
    facts: await client.readTicket(foundId, { requestField: 'Required Access' }),
  };
}

describe('the reverse of a ticket', () => {
  it('asks to remove the same access in the same workflow, and is found by its subject', async () => {
    const { id } = await simulator.implementation([target(21, 'DG-B'), target(40, 'ASA-EDGE')]);
    const before = await client.readContent(String(id));
    const { facts, requests, fields } = await opened(id);
    expect(facts).toMatchObject({ workflow: 'Firewall change', step: { name: 'Design and Risk' } });
    expect(facts.subject).toMatch(new RegExp(`^Back-out of ticket ${id}: `));
    const text = JSON.stringify(requests);
    expect(text).toContain('AR1: Remove from');
    expect(text).not.toContain('Accept');
    for (const kept of ['DG-B', 'ASA-EDGE']) expect(text).toContain(kept);
    const addresses = (all: unknown): string[] => JSON.stringify(all).match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
    const asked = before.steps[0]!.tasks[0]!.fields.find(({ name }) => name === 'Required Access')!.value;
    expect(addresses(requests).sort()).toEqual(addresses(asked).sort());
    expect(fields.map(({ name }) => name)).toContain('Business justification');
  });

  it('names only the devices that are taken back', async () => {
    const { id } = await simulator.implementation([target(21, 'DG-B'), target(40, 'ASA-EDGE')]);
    const { requests } = await opened(id, { devices: ['40'], all: false });
    const text = JSON.stringify(requests);
    expect(text).toContain('ASA-EDGE');
    expect(text).not.toContain('DG-B');
  });

  it.each([
    [
      'devices that the request does not name',
      { devices: ['21'], all: false },
      'does not say on which devices',
    ],
    ['another request than was pushed', { requestDigest: 'another' }, 'changed after it was pushed'],
    ['a field that is not there', { requestField: 'Other' }, 'cannot be read'],
  ])('is refused for %s, and nothing is opened', async (_, part, why) => {
    // Before targets are selected: any.
    const id = await simulator.create();
    const failure = await failureOf(client.openReverse(reverseOf(id, part)));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'securechange.not_reversible' });
    expect(failure.message).toContain(why);
    expect(await find(id)).toEqual({ kind: 'none' });
  });

  it('of a reverse is refused: what was there before is not in the ticket', async () => {
    const { id } = await simulator.implementation([target(21, 'DG-B')]);
    const first = await opened(id);
    const failure = await failureOf(client.openReverse(reverseOf(Number(first.id))));
    expect(failure.message).toContain('does not add access');
  });
});
