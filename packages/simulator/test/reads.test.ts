import { API, at, list, startStandIn, type StandIn } from './stand-in.js';

const TRACK = '/securetrack/api';

let standIn: StandIn;

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.running.close());

describe('a read of SecureTrack that nothing is simulated for', () => {
  it.each([
    ['devices/21/rules', { rules: { count: 0, total: 0, rule: [] } }],
    ['revisions/64/rules', { rules: { count: 0, total: 0, rule: [] } }],
    ['devices/21/network_objects', { network_objects: { count: 0, total: 0, network_object: [] } }],
    ['devices/21/services', { services: { count: 0, total: 0, service: [] } }],
    [
      'network_objects/search?filter=text&name=x',
      { network_objects: { count: 0, total: 0, network_object: [] } },
    ],
    ['zones', { zones: { count: 0, total: 0, zone: [] } }],
    ['zones?start=0&count=10', { zones: { count: 0, zone: [] } }],
    ['devices/21/time_objects', { time_object: [] }],
    ['devices/topology_interfaces.json?mgmtId=21', { interface: [] }],
    ['security_policies', { SecurityPolicyList: { securityPolicies: { securityPolicy: [] } } }],
    ['domains', { domain: [{ id: '1', name: 'Default' }] }],
  ])('is an empty, well-formed answer: %s', async (path, expected) => {
    expect((await standIn.call('GET', `${TRACK}/${path}`)).json).toEqual(expected);
    const xml = await standIn.call('GET', `${TRACK}/${path.replace('.json', '')}`, undefined, {
      Accept: 'application/xml',
    });
    expect(xml.text).toMatch(/^<\?xml [^>]*\?>\n<\w+(\/>|>[^]*<\/\w+>)$/);
  });

  it('has one policy a device', async () => {
    const answer = await standIn.call('GET', `${TRACK}/devices/21/policies`);
    expect(at(answer.json, 'policies', 0)).toMatchObject({ name: 'Standard' });
  });

  it.each(['devices/9999/rules', 'revisions/9999/services', 'zones/3/entries', 'domains/2'])(
    'is 404 for what does not exist: %s',
    async (path) => {
      expect((await standIn.call('GET', `${TRACK}/${path}`)).status).toBe(404);
    },
  );
});

describe('a group', () => {
  it('is made as a group by add_user_group, takes members and loses them', async () => {
    const created = await standIn.call('POST', `${API}/users/group`, {
      group: { name: 'Approvers', description: '', email: 'a@example.org' },
    });
    expect(created.status).toBe(201);
    const id = created.headers.get('location')?.split('/').pop() ?? '';
    const members = async (): Promise<unknown[]> =>
      list(at((await standIn.call('GET', `${API}/users/${id}`)).json, 'group', 'members', 'user')).map(
        (member) => member['name'],
      );
    const change = (member_ids_to_add: string[], member_ids_to_remove: string[]) =>
      standIn.call('PUT', `${API}/users/group/${id}`, {
        group_change: { member_ids_to_add, member_ids_to_remove },
      });
    expect(await members()).toEqual([]);
    await change(['45', '52'], []);
    expect(await members()).toEqual(['j.meier', 'a.kaya']);
    await change([], ['45']);
    expect(await members()).toEqual(['a.kaya']);
    expect((await change(['9999'], [])).status).toBe(404);
  });

  it('finds the open tickets of its members', async () => {
    const id = await standIn.create('Firewall change (confirmed)');
    await standIn.act(id, 'a.kaya', 'approve', { reason: 'fine' });
    const found = await standIn.call('GET', `${API}/tickets/search_by/group?group_id=70`);
    expect(at(found.json, 'tickets_search_results', 'ticket_result', 0, 'id')).toBe(id);
    expect((await standIn.call('GET', `${API}/tickets/search_by/group?group_id=9999`)).status).toBe(400);
  });
});
