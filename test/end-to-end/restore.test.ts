import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DONE_ONCE, editForRestore, restoreRound, type Restorable } from '../support/restore-round.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';

const DATABASE = ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'];

let dataDir: string;
let running: RunningProduct;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'sco-restore-'));
  running = await startRunningProduct({ dataDir, edit: editForRestore });
  await running.simulator.timings({ designMs: 100, updateMs: 150, commitMs: 200 });
});

afterAll(async () => {
  await running.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("after a restore of Temporal's database", () => {
  it.each([
    ['by the steps of the runbook', true],
    ['though SCO_RESTORED was forgotten', false],
  ])(
    '%s, what was committed after the backup is not committed again, and what waits is committed once',
    async (_, saysRestored) => {
      expect(await restoreRound(restorable(), { saysRestored })).toEqual(DONE_ONCE);
    },
  );
});

function restorable(): Restorable {
  const { simulator, client, commands, setWindow, product } = running;
  const { gateway, worker, temporal } = product;
  const stopAll = async (): Promise<void> => {
    await gateway.kill();
    await worker.kill();
    await temporal.kill();
  };
  const startAll: Restorable['startAll'] = async ({ restored }) => {
    await temporal.revive();
    // A process gets our environment when it starts.
    if (restored) process.env.SCO_RESTORED = 'true';
    try {
      await Promise.all([worker.start(), gateway.start()]);
    } finally {
      delete process.env.SCO_RESTORED;
    }
  };
  return {
    simulator,
    client,
    commands,
    setWindow,
    stopAll,
    startAll,
    backUp: async () => {
      await stopAll();
      const backup = mkdtempSync(join(tmpdir(), 'sco-backup-'));
      copyDatabase(dataDir, backup);
      await startAll({ restored: false });
      return async () => {
        for (const name of DATABASE) rmSync(join(dataDir, name), { force: true });
        copyDatabase(backup, dataDir);
        rmSync(backup, { recursive: true });
        await Promise.resolve();
      };
    },
    restartWorkers: async () => {
      await worker.stop();
      await worker.start();
    },
  };
}

function copyDatabase(from: string, to: string): void {
  for (const name of DATABASE.filter((one) => existsSync(join(from, one))))
    cpSync(join(from, name), join(to, name));
}
