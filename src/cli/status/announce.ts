import { ClientError, type OrchestratorClient } from '../../../packages/client/src/contract.js';
import { cleanPage } from '../../domain/clean-text.js';
import type { ConfigurationFacts } from '../../domain/configuration-facts.js';
import type { ControlView } from '../../domain/view.js';
import { SettingsError } from '../../config/settings.js';
import type { Asked } from '../act.js';
import type { CliContext } from '../context.js';
import { formatBoth } from '../instants.js';
import { styleOf, sentence, type Style } from '../style.js';
import { safe } from '../output.js';
import { wrapLine } from '../text-width.js';

/** A command does not wait longer than this for what stands above it. */
const WAIT_MS = 1_500;
const MOST_COUNTED = 100;
const NAMED = 5;

/**
 * One line on standard error above a command: a stop that is on, tickets that need attention, what opens next, and the
 * configuration that the worker uses. What cannot be read in time is left out: the command itself says so.
 */
export async function announce(asked: Asked): Promise<void> {
  const { context } = asked;
  const client = await opened(context);
  if (client === null) return;
  try {
    const line = await lineAbove(client, styleOf(asked));
    const { isTTY, columns } = context.stderr;
    const width = isTTY === true ? (columns ?? null) : null;
    if (line !== null) context.stderr.write(cleanPage(`${wrapLine(line, width, 5)}\n`));
  } finally {
    await client.close();
  }
}

/** null where a setting is wrong: the command itself says so. */
async function opened(context: CliContext): Promise<OrchestratorClient | null> {
  try {
    return await context.openClient();
  } catch (error) {
    if (error instanceof SettingsError) return null;
    throw error;
  }
}

async function lineAbove(client: OrchestratorClient, style: Style): Promise<string | null> {
  const [stop, parked, configurations, opensNext] = await Promise.all([
    orNull(client.control.get()),
    orNull(client.status.attention(MOST_COUNTED)),
    orNull(client.status.configurations()),
    orNull(client.status.nextOpening(style.nowMs)),
  ]);
  const ids = (parked ?? []).map(({ ticketId }) => safe(ticketId, 20));
  const faulty = configurations?.find(
    ({ problem, faultyProcesses }) => problem !== null || faultyProcesses.length > 0,
  );
  const { colours } = style;
  const parts = [
    ...(stop?.stopped === true ? [colours.red(stopText(stop, style))] : []),
    ...(ids.length === 0 ? [] : [colours.yellow(parkedText(ids))]),
    ...(opensNext === null
      ? []
      : [`next window: ticket ${safe(opensNext.ticketId, 20)}, ${formatBoth(opensNext.opensAtMs, style)}`]),
    ...(configurations === null
      ? []
      : configurations.slice(0, 1).map((facts) => configurationText(faulty ?? facts))),
  ];
  return parts.length === 0 ? null : `sco: ${parts.join('; ')} (sco status)`;
}

/** `STOPPED by o.brandt since … (5 m ago): storm`. */
export function stopText({ by, reason, sinceMs }: ControlView, style: Style): string {
  const who = by === null ? '' : ` by ${safe(by)}`;
  const since = sinceMs === null ? '' : ` since ${formatBoth(sinceMs, style)}`;
  return `STOPPED${who}${since}: ${sentence(reason, style, 200)}`;
}

function parkedText(ids: readonly string[]): string {
  const count = ids.length === MOST_COUNTED ? `${MOST_COUNTED} or more` : String(ids.length);
  const named = ids.slice(0, NAMED).join(', ');
  const more = ids.length > NAMED ? ', …' : '';
  return `${count} ${ids.length === 1 ? 'ticket needs' : 'tickets need'} attention: ${named}${more}`;
}

function configurationText({ folder, digest, problem, faultyProcesses }: ConfigurationFacts): string {
  const text = `configuration ${safe(folder, 100)} ${digest}`;
  if (problem !== null) return `${text}, whose files cannot be used as they are now`;
  const count = faultyProcesses.length;
  return count === 0 ? text : `${text} with ${count} faulty process ${count === 1 ? 'file' : 'files'}`;
}

/** null when it fails or takes too long. */
async function orNull<T>(asking: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), WAIT_MS);
  });
  try {
    return await Promise.race([asking, tooLate]);
  } catch (error) {
    if (error instanceof ClientError) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
