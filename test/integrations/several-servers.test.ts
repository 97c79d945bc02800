import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { context, point } from '../placeholders/context.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { noTokens, serviceNow } from './servers.js';

it('messages go to the server that their point names, with its headers and in the order of each', async () => {
  const names = ['default', 'risk', 'kpi'] as const;
  const started = await Promise.all(names.map(() => startRecordedServer(() => ({ body: { ok: 'yes' } }))));
  const itsm = createItsm({
    server: (name) => {
      const url = started[names.findIndex((one) => one === name)]?.url ?? 'http://127.0.0.1:1';
      return serviceNow({ name, url, kind: 'http', headers: { 'x-for': name } });
    },
    http: createHttp,
    tokens: noTokens,
  });
  const call = { method: 'POST', paths: ['/events'], accept: [200], repeatable: true } as const;
  try {
    for (const server of ['risk', 'default', 'risk', 'kpi'])
      await itsm.call(itsm.render(point({ server, action: 'call', call }), context()));
    expect(
      started.map(({ received }) =>
        received.map(({ path, headers }) => `${path} ${String(headers['x-for'])}`),
      ),
    ).toEqual([['/events default'], ['/events risk', '/events risk'], ['/events kpi']]);
  } finally {
    await itsm.close();
    await Promise.all(started.map((one) => one.close()));
  }
});
