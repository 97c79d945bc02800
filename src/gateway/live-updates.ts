import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Response } from 'express';

import type { LoadedPage } from './pages.js';
import { Problem } from './problem.js';

const EVERY_MS = 3_000;

/** Server-sent events: `changed` whenever the page would show something else. Nothing of the page itself is in them. */
export function liveUpdates(response: Response, load: () => Promise<LoadedPage> | null): void {
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }).flushHeaders();
  response.write('retry: 5000\n\n');
  // Whatever a page throws ends this one stream, not the gateway.
  watch(response, load, ended.signal).catch(() => response.end());
}

async function watch(
  response: Response,
  load: () => Promise<LoadedPage> | null,
  signal: AbortSignal,
): Promise<void> {
  let last: string | null = null;
  while (!signal.aborted) {
    const digest = await digestOf(load);
    if (digest !== null && last !== null && digest !== last) response.write('event: changed\ndata: \n\n');
    else response.write(': \n\n');
    last = digest ?? last;
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** null while it cannot be read: the page stays as it is. */
async function digestOf(load: () => Promise<LoadedPage> | null): Promise<string | null> {
  try {
    const page = await load();
    if (page === null) return null;
    return createHash('sha256').update(JSON.stringify(page.facts)).digest('base64');
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}
