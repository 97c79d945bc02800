import type { Colours } from './table.js';
import { ticketPageUrl } from './frame.js';
import { createLiveView } from './live-view.js';
import { play, type Result } from './player.js';
import { howToInspect, renderReport, whereNext } from './report.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { startDemo, type RunningDemo, type StartOptions } from './running-demo.js';

export interface DemoOptions extends Pick<StartOptions, 'searchAttributes' | 'renderMediator'> {
  readonly scenario: string;
  readonly list: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly colours: Colours;
  /** Ctrl-C: ends what goes on and cleans up. */
  readonly interrupted: AbortSignal;
}

export class UnknownScenario extends Error {
  override readonly name = 'UnknownScenario';
}

const INTERRUPTED = 130;

/**
 * Starts everything, plays one scenario, says what came of it, stops everything. Returns the exit code: 0 only if every
 * expectation held. Throws UnknownScenario, and what `startDemo` throws.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { stdout, colours } = options;
  if (options.list) {
    stdout.write(options.json ? `${JSON.stringify(listed(), null, 2)}\n` : listText(colours));
    return 0;
  }
  const scenario = findScenario(options.scenario);
  // With --json standard output belongs to the one document.
  const screen = options.json ? options.stderr : stdout;
  const say = (text: string): void => void screen.write(`${text}\n`);
  say(`${colours.bold(`Demo ${scenario.name}`)}: ${scenario.title}\n${colours.dim(scenario.story)}\n`);

  const setUpAtMs = Date.now();
  const demo = await startDemo({
    searchAttributes: options.searchAttributes,
    renderMediator: options.renderMediator,
    ...(scenario.mediatorScript !== undefined && { mediatorScript: scenario.mediatorScript }),
    ...(scenario.configure !== undefined && { configure: scenario.configure }),
    log: (line) => say(colours.dim(line)),
  });
  let passed = false;
  try {
    if (options.interrupted.aborted) return INTERRUPTED;
    const setUpMs = Date.now() - setUpAtMs;
    say(colours.dim(`everything runs after ${(setUpMs / 1_000).toFixed(1)} s`));
    say(`Temporal Web UI  ${colours.cyan(demo.product.temporal.uiUrl ?? 'none')}`);
    say(
      `Ticket page      ${colours.cyan(ticketPageUrl(demo.product.gatewayUrl))}  (sign in with the token in ${demo.product.operatorTokenFile ?? ''})\n`,
    );
    const view = createLiveView({ stream: screen, colours });
    const result = await orInterrupted(play(scenario, demo, view), options.interrupted);
    view.done();
    if (result === null) return INTERRUPTED;
    passed = result.passed;
    say(`\n${await report(result, demo, options)}\n`);
    if (options.json) await written(stdout, `${JSON.stringify({ ...result, setUpMs }, null, 2)}\n`);
    if (!passed) say(`${colours.red('What the processes wrote:')} ${demo.logFile}\n`);
    if (options.keep) {
      const ids = result.tickets.map(({ ticketId }) => ticketId);
      say(howToInspect(demo.product, ids, colours));
      await aborted(options.interrupted);
    } else {
      say(
        whereNext(
          scenarios.map(({ name }) => name),
          scenario.name,
          colours,
        ),
      );
    }
    return passed ? 0 : 1;
  } finally {
    await demo.stop({ keepFiles: !passed && !options.interrupted.aborted });
  }
}

async function report(
  result: Result,
  demo: RunningDemo,
  { colours, json, stdout }: DemoOptions,
): Promise<string> {
  // Two histories are worth comparing; of more tickets, the first one is an example of all.
  const shown = result.tickets.length > 2 ? result.tickets.slice(0, 1) : result.tickets;
  const histories = await Promise.all(
    shown.map(async ({ ticketId }) => ({
      ticketId,
      facts: await demo.client.tickets.history(ticketId).catch(() => []),
    })),
  );
  const width = json || !stdout.isTTY ? 0 : stdout.columns;
  return renderReport(result, histories, { colours, width });
}

function findScenario(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = scenarios.map((scenario) => scenario.name).join(', ');
  throw new UnknownScenario(`There is no scenario ${name}. There are: ${names}.`);
}

function listed(): { name: string; title: string; story: string }[] {
  return scenarios.map(({ name, title, story }) => ({ name, title, story }));
}

function listText(colours: Colours): string {
  return listed()
    .map(({ name, title, story }) => `${colours.bold(name)}\n  ${title}\n  ${colours.dim(story)}\n`)
    .join('\n');
}

async function orInterrupted<T>(work: Promise<T>, interrupted: AbortSignal): Promise<T | null> {
  // What is interrupted fails later, when its servers stop; ignored.
  work.catch(() => undefined);
  return Promise.race([work, aborted(interrupted).then(() => null)]);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
