import { readFileSync } from 'node:fs';
import type { IRoute, Router } from 'express';

import { commandRoutes } from '../../src/gateway/command-routes.js';
import { itsmRoutes } from '../../src/gateway/itsm-routes.js';
import { codecRoutes } from '../../src/gateway/codec-routes.js';
import { openApi, openApiText } from '../../src/gateway/open-api.js';
import { readRoutes } from '../../src/gateway/read-routes.js';
import { createGateway } from '../../src/gateway/create-gateway.js';
import { startGateway, TOKENS } from '../support/running-gateway.js';

const unused = {} as never;

function callsOf(router: Pick<Router, 'stack'>, base: string): string[] {
  const routes = router.stack.flatMap(({ route }): IRoute[] => (route === undefined ? [] : [route]));
  return routes.flatMap(({ path, stack }) => {
    const methods = new Set(stack.flatMap(({ method }) => (method === undefined ? [] : [method])));
    return [...methods].map((method) => `${method} ${base}${path.replace(/:(\w+)/g, '{$1}')}`);
  });
}

const CODEC = {
  codec: { namespace: 'default', decode: async () => [], encode: async () => [] },
  uiOrigin: null,
  authenticator: { admit: () => () => undefined },
  sessions: { actorOf: () => undefined },
  admission: () => undefined,
} as const;

describe('the OpenAPI document', () => {
  it('has every call that is mounted, and no other', () => {
    const { app } = createGateway({
      calendars: () => [],
      oidc: null,
      codec: null,
      traces: null,
      settings: { limits: {}, tls: null, actorKey: 'a key' },
    } as never);
    const mounted = [
      // Guards in front of the routes of a whole branch end in `*rest`.
      ...callsOf(app.router, '').filter((call) => !call.endsWith('*rest')),
      ...callsOf(readRoutes(unused, unused, 1_000), '/v1'),
      ...callsOf(commandRoutes(unused), '/v1'),
      ...callsOf(itsmRoutes(unused), '/v1/itsm'),
      // What only a browser asks before its call is no call of a program.
      ...callsOf(codecRoutes(CODEC), '/codec').filter((call) => !call.startsWith('options')),
    ];
    const { paths } = openApi() as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );

    expect(documented.length).toBeGreaterThan(20);
    expect(documented.toSorted()).toEqual(mounted.toSorted());
  });

  it('names each operation once', () => {
    const { paths } = openApi() as { paths: Record<string, Record<string, { operationId: string }>> };
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map((one) => one.operationId));

    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is served to who may read, as it is committed', async () => {
    const gateway = await startGateway();
    try {
      const answer = await fetch(`${gateway.url}/v1/openapi.json`, {
        headers: { authorization: `Bearer ${TOKENS.vera}` },
      });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
      expect((await fetch(`${gateway.url}/v1/openapi.json`)).status).toBe(401);
    } finally {
      await gateway.close();
    }
  });

  it('is refused like every other read while too many calls are under way', async () => {
    const gateway = await startGateway({ limits: { maxInFlight: 0 } });
    try {
      const answer = await fetch(`${gateway.url}/v1/openapi.json`, {
        headers: { authorization: `Bearer ${TOKENS.vera}` },
      });
      expect(answer.status).toBe(503);
      expect(openApiText()).toBe(openApiText());
    } finally {
      await gateway.close();
    }
  });
});
