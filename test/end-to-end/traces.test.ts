import { Client, Connection } from '@temporalio/client';

import { TRACE_HEADER } from '../../src/domain/traces.js';
import { ticketWorkflowId } from '../../src/domain/ids.js';
import { eventually } from '../support/eventually.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';
import { receiveTraces, type ReceivedSpan, type TraceReceiver } from '../support/trace-receiver.js';

const SUBJECT = 'a subject that no span may hold';
const GATEWAY = 'securechange-orchestrator gateway';
const WORKER = 'securechange-orchestrator worker';

let receiver: TraceReceiver;
let running: RunningProduct;

/** Approved by a person, enforced by the orchestrator, closed. */
async function wholeTicket(product: RunningProduct): Promise<string> {
  const id = await product.simulator.createTicket({ subject: SUBJECT });
  await eventually(
    `ticket ${id} asks for approval`,
    async () => (await product.simulator.ticket(id)).step?.name === 'Approval',
  );
  await product.simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  await product.until(id, 'closed', ({ outcome }) => outcome !== null);
  return id;
}

/** From a span up to where its trace begins. */
function pathOf(span: ReceivedSpan): readonly ReceivedSpan[] {
  const parent = receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? [span] : [span, ...pathOf(parent)];
}

async function headersOf(product: RunningProduct, id: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address: product.product.temporal.address });
  try {
    const { events } = await new Client({ connection }).workflow
      .getHandle(ticketWorkflowId(id))
      .fetchHistory();
    return (events ?? []).flatMap((event) =>
      Object.values(event).flatMap((part: unknown) => {
        const { header } = (part ?? {}) as { header?: { fields?: object } | null };
        return Object.keys(header?.fields ?? {});
      }),
    );
  } finally {
    await connection.close();
  }
}

afterEach(async () => {
  await running.stop();
});

describe('with a collector of OpenTelemetry', () => {
  beforeEach(async () => {
    receiver = await receiveTraces();
    running = await startRunningProduct({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-key',
      },
    });
  });

  afterEach(async () => {
    await receiver.close();
  });

  it('the trace of a report leads from the mediator to the call that makes the change live', async () => {
    const id = await wholeTicket(running);

    const sent = await eventually('the spans of what was sent', () => {
      const all = receiver.spans.filter(({ name }) => name === 'send');
      const complete = all.every((span) => pathOf(span).at(-1)?.name === 'POST /trigger_file');
      return all.length > 0 && complete ? all : undefined;
    });
    for (const span of sent) {
      const path = pathOf(span);
      expect(path.map(({ name }) => name)).toEqual(['send', 'enrol', 'POST /trigger_file']);
      expect(path.map(({ service }) => service)).toEqual([WORKER, WORKER, GATEWAY]);
      expect(new Set(path.map(({ traceId }) => traceId)).size).toBe(1);
      expect(path[0]?.attributes).toMatchObject({
        'temporal.workflow.id': expect.stringMatching(/^push\//) as string,
        'sco.lane': expect.any(String) as string,
        'sco.push': expect.any(Number) as number,
      });
      expect(path[2]?.attributes).toMatchObject({ 'sco.ticket': id, 'http.response.status_code': 200 });
    }
    expect(await headersOf(running, id)).toContain(TRACE_HEADER);
    expect([...receiver.authorizations]).toEqual(['Bearer collector-key']);

    const everything = receiver.bodies.join('\n');
    for (const secret of [SUBJECT, 'collector-key', 'ticket_info', 'a.kaya'])
      expect(everything).not.toContain(secret);
  });
});

describe('with a collector that never answers', () => {
  beforeEach(async () => {
    receiver = await receiveTraces();
    receiver.holdAnswers();
    running = await startRunningProduct({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        // As long as a request may take, so long would a process wait that waits for it.
        OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
      },
    });
  });

  afterEach(async () => {
    await receiver.close();
  });

  it('a ticket is enforced and closed, and the processes end as they are asked to', async () => {
    const id = await wholeTicket(running);
    expect((await running.view(id)).outcome).toBe('closed');
    const services = (): readonly string[] => receiver.spans.map(({ service }) => service);
    await eventually('both wait for an answer', () =>
      [GATEWAY, WORKER].every((one) => services().includes(one)),
    );

    const { worker, gateway } = running.product;
    for (const one of [worker, gateway]) {
      const ended = one.exited();
      await one.stop();
      expect([one.name, await ended]).toEqual([one.name, 'exit code 0']);
    }
  });
});

describe('without a collector', () => {
  beforeEach(async () => {
    running = await startRunningProduct();
  });

  it('no history has a header of ours', async () => {
    const id = await wholeTicket(running);

    expect(await headersOf(running, id)).toEqual([]);
  });
});
