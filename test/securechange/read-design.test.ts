import { failureOf } from '../support/failure-of.js';
import { readJsonFixture } from './fixture.js';
import { FIELD, clientOn, designRoutes, fieldOf, json, ref } from './client-on.js';

describe('reading the design', () => {
  it('joins field, Designer results and devices', async () => {
    const { client } = await clientOn(designRoutes('two-devices', 'designer success'));
    const design = await client.readDesign(ref);
    expect(design.designerStatus).toBe('designer success');
    expect(design.devices.map((one) => [one.managementId, one.laneKey, one.capability.enforcedBy])).toEqual([
      ['21', '20', 'commit'],
      expect.arrayContaining([expect.any(String)]),
    ]);
  });

  it.each(['not run', 'designer running'])(
    'does not ask for results while the Designer is "%s"',
    async (status) => {
      const { client, received } = await clientOn({ [`GET ${FIELD}`]: fieldOf(status) });
      expect(await client.readDesign(ref)).toMatchObject({ designerStatus: status, devices: [] });
      expect(received).toHaveLength(1);
    },
  );

  it('says why the Designer cannot compute', async () => {
    const { client } = await clientOn({
      ...designRoutes('designed', 'designer cannot compute'),
      [`GET ${FIELD}`]: fieldOf('designer cannot compute', (field) => {
        field.designer_result.cannot_compute_reason = 'no relevant targets';
      }),
    });
    expect((await client.readDesign(ref)).cannotComputeReason).toBe('no relevant targets');
  });

  it('shows the same evidence of a Commit as reading it alone', async () => {
    const { client } = await clientOn({
      ...designRoutes('committed', 'commit success'),
      [`GET ${FIELD}/designer/commit_report/21`]: json('securechange', 'commit-report.success.json'),
    });
    const { parts, ...evidence } = await client.readCommitReport(ref, '21');
    expect(parts.map(({ outcome }) => outcome)).toContain('done');
    expect(evidence).toMatchObject({ state: 'committed', reportStart: '2025-11-22T23:40:12.000+01:00' });
    expect((await client.readDesign(ref)).devices[0]?.commit).toEqual(evidence);
    expect(await client.readCommitReport(ref, '99')).toMatchObject({ state: 'none' });
  });

  it('without a report the evidence is unknown, without commit results none, and no report is asked for', async () => {
    const without = await clientOn(designRoutes('committed', 'commit success'));
    expect(await without.client.readCommitReport(ref, '21')).toMatchObject({ state: 'unknown' });
    const before = await clientOn(designRoutes('updated', 'implementation success'));
    expect(await before.client.readCommitReport(ref, '21')).toMatchObject({ state: 'none' });
    expect(before.received.some((one) => one.path.includes('commit_report'))).toBe(false);
  });

  it('keeps the device list for a minute of the clock it was given', async () => {
    let nowMs = 0;
    const { client, received } = await clientOn(designRoutes('designed', 'designer success'), {
      now: () => nowMs,
    });
    const lists = () => received.filter((one) => one.path.startsWith('/securetrack/api/devices')).length;
    await client.readDesign(ref);
    nowMs = 59_999;
    await client.readDesign(ref);
    expect(lists()).toBe(1);
    nowMs = 60_000;
    await client.readDesign(ref);
    expect(lists()).toBe(2);
  });

  it('asks for a device that is not in the list yet, and for its manager', async () => {
    const routes = designRoutes('designed', 'designer success');
    const { client, received } = await clientOn({
      ...routes,
      'GET /securetrack/api/devices': { body: { devices: { count: 0, device: '' } } },
      'GET /securetrack/api/devices/21': {
        body: { device: { id: '21', name: 'DG-B', model: 'Panorama_device_group', parent_id: 20 } },
      },
      'GET /securetrack/api/devices/20': json('securetrack', 'device.20.json'),
    });
    expect((await client.readDesign(ref)).devices[0]).toMatchObject({ laneKey: '20', laneName: 'PANO-8' });
    expect(received.filter((one) => one.path.startsWith('/securetrack/api/devices/'))).toHaveLength(2);
  });

  describe('with a row in the device list that cannot be read', () => {
    const list = (...device: unknown[]) => ({ body: { devices: { device } } });
    const deviceGroup = { id: '21', name: 'DG-B', model: 'Panorama_device_group' };
    const routes = designRoutes('designed', 'designer success');

    it('of another device, goes on', async () => {
      const { client } = await clientOn({
        ...routes,
        'GET /securetrack/api/devices': list(
          { ...deviceGroup, parent_id: 20 },
          { id: 20 },
          { id: 9, parent_id: { of: 3 } },
        ),
      });
      expect((await client.readDesign(ref)).devices[0]).toMatchObject({ laneKey: '20' });
    });

    it('of its manager, asks for that one alone: the lane is the topmost manager', async () => {
      const { client } = await clientOn({
        ...routes,
        'GET /securetrack/api/devices': list(
          { ...deviceGroup, parent_id: 20 },
          { id: 20, parent_id: { of: 3 } },
        ),
        'GET /securetrack/api/devices/20': { body: { device: { id: 20, parent_id: 3 } } },
        'GET /securetrack/api/devices/3': { body: { device: { id: 3, name: 'Top' } } },
      });
      expect((await client.readDesign(ref)).devices[0]).toMatchObject({ laneKey: '3', laneName: 'Top' });
    });

    it('of its manager, fails rather than guessing a lane when that one is odd too', async () => {
      const { client } = await clientOn({
        ...routes,
        'GET /securetrack/api/devices': list(
          { ...deviceGroup, parent_id: 20 },
          { id: 20, parent_id: { of: 3 } },
        ),
        'GET /securetrack/api/devices/20': { body: { device: { id: 20, parent_id: { x: 1 } } } },
      });
      expect(await failureOf(client.readDesign(ref))).toMatchObject({
        kind: 'bug',
        code: 'securetrack.wrong_schema',
      });
    });
  });

  it('with a suggestion that cannot be read is not a design: a device left out would never be pushed', async () => {
    const body = readJsonFixture('securechange', 'designer.two-devices.json');
    const suggestions = body.designer_results.suggestions_per_device.device_suggestion;
    delete suggestions[1].management_id;
    const { client } = await clientOn({
      ...designRoutes('two-devices', 'designer success'),
      [`GET ${FIELD}/designer`]: { body },
    });
    expect(await failureOf(client.readDesign(ref))).toMatchObject({
      kind: 'bug',
      message: expect.stringMatching(/device .*: management_id/),
    });
  });

  it('fails rather than guessing a lane while SecureTrack is away', async () => {
    const routes = {
      ...designRoutes('designed', 'designer success'),
      'GET /securetrack/api/devices': { status: 502 },
    };
    const { client } = await clientOn(routes);
    expect(await failureOf(client.readDesign(ref))).toMatchObject({
      kind: 'transient',
      system: 'securetrack',
    });
  });
});

describe('what SecureTrack does not show to our user', () => {
  const deviceGroup = { id: '21', name: 'DG-B', vendor: 'PaloAltoNetworks', model: 'Panorama_device_group' };
  const routes = designRoutes('designed', 'designer success');
  const listed = (...device: unknown[]) => ({ body: { devices: { device } } });

  it('is a device that is not pushed by itself: it asks a person, and says what to give access to', async () => {
    const { client } = await clientOn({
      ...routes,
      'GET /securetrack/api/devices': listed({ id: 20, name: 'PANO-8' }),
      'GET /securetrack/api/devices/21': { status: 404 },
    });
    expect((await client.readDesign(ref)).devices[0]?.capability).toMatchObject({
      update: 'unknown',
      commit: 'unknown',
      reason: 'SecureTrack does not show device 21 to our user: give it access to the device',
    });
  });

  it('is a manager whose other changes are not known: what is below it asks a person too', async () => {
    const { client } = await clientOn({
      ...routes,
      'GET /securetrack/api/devices': listed({ ...deviceGroup, parent_id: 20 }),
      'GET /securetrack/api/devices/20': { status: 404 },
    });
    expect((await client.readDesign(ref)).devices[0]?.capability).toMatchObject({
      update: 'unknown',
      commit: 'unknown',
      enforcedBy: 'commit',
      reason: 'SecureTrack does not show manager 20 above it to our user: give it access to the manager',
    });
  });

  it('fails where it is refused: the device is named, and nothing is taken for not there', async () => {
    const { client } = await clientOn({
      ...routes,
      'GET /securetrack/api/devices': listed({ ...deviceGroup, parent_id: 20 }),
      'GET /securetrack/api/devices/20': { status: 403 },
    });
    expect(await failureOf(client.readDesign(ref))).toMatchObject({
      kind: 'auth',
      code: 'http.forbidden',
      operation: 'read device 20',
    });
  });
});
