import { savesAhead } from '../../src/demo/configure.js';
import { ticketWorkflowId } from '../../src/domain/ids.js';
import { connectTemporal } from '../../src/temporal/connect.js';
import { eventually } from '../support/eventually.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';
import { DEVICES } from '../support/simulator-client.js';
import { atMost, exactly } from './goal.js';
import { workOf } from './history-work.js';
import type { Report } from './report.js';

export interface EventsOptions {
  /** So many sweeps pass while the ticket waits for its window. */
  readonly sweeps: number;
  readonly log: (line: string) => void;
}

const HOUR_MS = 3_600_000;
const MANAGERS = [DEVICES.dgB, DEVICES.adom];

/** History of the ticket of the demo scenario `happy`: two managers and a firewall, through the whole product as processes. */
export async function events({ sweeps, log }: EventsOptions): Promise<Report> {
  const running = await startRunningProduct({ edit: savesAhead });
  const temporal = await connectTemporal({ address: running.product.temporal.address, identity: 'bench' });
  const { simulator } = running;
  try {
    running.setWindow('nightly', Date.now() + HOUR_MS);
    const id = await simulator.createTicket({ subject: 'events', targets: [...MANAGERS, DEVICES.asa] });
    const work = async () => await workOf(temporal.client, ticketWorkflowId(id));
    await running.until(id, 'waits for its approval', (view) => view.waiting?.for === 'approval');
    await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
    await running.until(
      id,
      'waits for its window, its managers updated',
      (view) =>
        view.waiting?.for === 'window' &&
        view.targets.filter(({ update }) => update === 'done').length === MANAGERS.length,
    );
    log('waits for its window');
    // The sweep that runs now may have begun before the ticket waited.
    await sweepsPass(running, 1);
    const before = await work();
    await sweepsPass(running, sweeps);
    const after = await work();
    running.setWindow('nightly', null);
    await running.until(id, 'ends', (view) => view.outcome !== null, 180_000);
    log('ended');
    const { outcome } = await running.view(id);
    const all = await work();
    return {
      part: `events: the ticket of the demo scenario happy, ${sweeps} sweeps while it waits`,
      figures: [
        { name: 'closed', value: outcome === 'closed' ? 1 : 0, unit: '', goal: exactly(1) },
        { name: 'events of the ticket', value: all.events, unit: '', goal: atMost(200) },
        { name: 'events while it waits', value: after.events - before.events, unit: '', goal: exactly(0) },
        { name: 'runs', value: all.runs, unit: '' },
        { name: 'activities', value: all.activities, unit: '' },
        { name: 'local activities', value: all.localActivities, unit: '' },
        { name: 'workflow tasks', value: all.workflowTasks, unit: '' },
        { name: 'updates of search attributes and memo', value: all.upserts, unit: '' },
        { name: 'signals, received and sent', value: all.signals, unit: '' },
      ],
    };
  } finally {
    await temporal.close();
    await running.stop();
  }
}

async function sweepsPass({ client }: RunningProduct, sweeps: number): Promise<void> {
  const ended = async (): Promise<number> => (await client.status.lastSweep()).endedAtMs ?? 0;
  for (let passed = 0; passed < sweeps; passed += 1) {
    const last = await ended();
    await eventually('the next sweep has ended', async () => (await ended()) > last, 120_000);
  }
}
