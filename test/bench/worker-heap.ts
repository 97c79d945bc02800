import { createWriteStream } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { pipeline } from 'node:stream/promises';
import type { Worker } from 'node:worker_threads';

interface FromThread {
  readonly sessionId: string;
  readonly message: string;
}

/** Threads that were started since this file was loaded: those that run workflows. */
const started = new Set<Worker>();
process.on('worker', (thread) => {
  started.add(thread);
  thread.once('exit', () => started.delete(thread));
});

/** Writes the heap of the one thread that runs workflows, for the memory view of Chrome's developer tools. */
export async function writeSnapshot(file: string): Promise<void> {
  const [thread, ...others] = started;
  if (thread === undefined || others.length > 0)
    throw new Error(`${started.size} threads run workflows, where the bench has one`);
  await pipeline(await thread.getHeapSnapshot(), createWriteStream(file));
}

/**
 * Bytes used after a collection: by our own thread, and by each thread that runs workflows, which have heaps of their own that
 * `process.memoryUsage()` does not show.
 */
export async function heapsUsed(): Promise<{ readonly own: number; readonly threads: number }> {
  const session = new Session();
  session.connect();
  try {
    const sessions: string[] = [];
    const answers = new Map<string, (result: { usedSize?: number }) => void>();
    session.on('NodeWorker.attachedToWorker', ({ params }) => void sessions.push(params.sessionId));
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }: { params: FromThread }) => {
      const { id, result } = JSON.parse(params.message) as { id?: number; result?: { usedSize?: number } };
      answers.get(`${params.sessionId}/${id ?? 0}`)?.(result ?? {});
    });
    await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    let last = 0;
    const ask = async (sessionId: string, method: string): Promise<{ usedSize?: number }> => {
      const id = (last += 1);
      const answered = new Promise<{ usedSize?: number }>((done) => answers.set(`${sessionId}/${id}`, done));
      await session.post('NodeWorker.sendMessageToWorker', {
        sessionId,
        message: JSON.stringify({ id, method }),
      });
      return await answered;
    };
    let threads = 0;
    for (const sessionId of sessions) {
      await ask(sessionId, 'HeapProfiler.collectGarbage');
      threads += (await ask(sessionId, 'Runtime.getHeapUsage')).usedSize ?? Number.NaN;
    }
    await session.post('HeapProfiler.collectGarbage');
    await session.post('NodeWorker.disable');
    return { own: process.memoryUsage().heapUsed, threads };
  } finally {
    session.disconnect();
  }
}
