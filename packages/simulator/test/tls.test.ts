import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { startSimulator } from '../src/index.js';

function get(url: string, ca: Buffer | undefined): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, headers: { Connection: 'close' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject).end();
  });
}

it('speaks HTTPS only to clients that trust its certificate', async () => {
  const simulator = await startSimulator({ tls: true });
  try {
    expect(simulator.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const health = `${simulator.url}/simulator/health`;
    expect(await get(health, readFileSync(simulator.caFile ?? ''))).toBe(200);
    await expect(get(health, undefined)).rejects.toThrow(/self.signed/);
  } finally {
    await simulator.close();
  }
});
