import { cleanLine } from '../src/domain/clean-text.js';
import { durationText } from '../src/domain/duration-text.js';
import type { TicketEvent } from '../src/domain/event.js';
import { failedAnswer, scriptAnswer } from '../src/domain/script-reply.js';
import { lastRunFor, scriptRunFor, withScriptRun, type QueuedScript } from '../src/domain/script-runs.js';
import type { Activities } from '../activities/index.js';
import { scriptFailed, scriptMayRun } from './parking-texts.js';
import type { TicketRun } from './ticket-run.js';

/**
 * Queues the scripts that events name, each once for an event that the ticket's history shows. A script can change
 * anything, so it runs only for driven tickets unless it is registered with `runs: always`; for other tickets it is noted.
 */
export function queueScripts(run: TicketRun, events: readonly TicketEvent[]): void {
  const { state } = run;
  for (const event of events) {
    if (event.script === undefined) continue;
    const { name } = event.script;
    if (state.mode !== 'drive' && event.script.runs !== 'always') {
      notRun(run, event, name, ': the ticket is not driven');
      continue;
    }
    const key = scriptRunFor(event, run.facts, state.scriptRuns);
    if (key === null) {
      notRun(run, event, name, ' again: the history of the ticket shows no further event of its kind');
      const earlier = lastRunFor(event, state.scriptRuns);
      // SecureChange runs a mediator again that got no answer in time.
      if (earlier !== null && run.scriptReplies.knows(earlier)) run.scriptReplies.runsAs(event, earlier);
      continue;
    }
    run.scriptReplies.runsAs(event, key);
    Object.assign(state, withScriptRun(state, key));
    state.scripts.push({ key, event });
  }
}

/** The scripts of events that came when the ticket's run had ended: an earlier run may have run them. */
export async function queueLateScripts(run: TicketRun, events: readonly TicketEvent[]): Promise<void> {
  if (!events.some(({ script }) => script !== undefined)) return;
  const { ticketId } = run.state;
  const context = { phase: null, runsWhileHeld: true } as const;
  const { scriptRuns } = await run.read('findEarlierRuns', context, () => ({ ticketId }));
  if (scriptRuns !== null) {
    Object.assign(run.state, scriptRuns.reduce(withScriptRun, run.state));
    queueScripts(run, events);
    return;
  }
  leaveScripts(
    run,
    events,
    'an earlier run of the ticket was ended by force, or there were too many, and one may have run it',
  );
}

/** Runs none of the scripts that these events name, and says why. */
export function leaveScripts(run: TicketRun, events: readonly TicketEvent[], why: string): void {
  for (const event of events)
    if (event.script !== undefined) notRun(run, event, event.script.name, `: ${why}`);
}

function notRun(run: TicketRun, event: TicketEvent, script: string, why: string): void {
  run.display.note(`custom script ${script} on ${event.name} was not run${why}`);
  run.scriptReplies.isNotRun(event, cleanLine(why.replace(/^[: ]+/, '')));
}

/**
 * Runs the queued scripts in the order of their events, beside the phases. The history contains output and exit code. Only
 * an operator can start a script again, unless the registry says that it may be repeated.
 */
export async function runScripts(run: TicketRun): Promise<void> {
  const { state, engine } = run;
  /** The earlier try of the first script of which an operator recorded that it ended. */
  let endedRun: string | null = null;
  for (;;) {
    await engine.condition(() => state.scripts.length > 0 && state.workflow !== '' && state.held === null);
    const queued = state.scripts[0];
    if (queued?.event.script === undefined) continue;
    const { name } = queued.event.script;
    const { problem, againInMs } = await tryScript(run, queued, queued.event.script, endedRun);
    endedRun = null;
    if (againInMs !== null) {
      await engine.condition(() => false, againInMs, `until custom script ${name} is run again`);
      continue;
    }
    if (problem !== null) {
      const decision = await run.parkings.park({
        ...problem.text,
        phase: null,
        target: name,
      });
      if (decision.kind === 'retry') {
        queued.failedTries = 0;
        endedRun = problem.earlierRun;
        continue;
      }
    }
    state.scripts = state.scripts.filter((other) => other !== queued);
    run.display.publish();
  }
}

interface Problem {
  readonly text: ReturnType<typeof scriptFailed>;
  readonly earlierRun: string | null;
}

interface Tried {
  readonly problem: Problem | null;
  /** It is run again by itself after this time, in the place of asking. */
  readonly againInMs: number | null;
}

async function tryScript(
  run: TicketRun,
  queued: QueuedScript,
  { name, args, ticketInfoXml, ticketInfoSha256 }: NonNullable<TicketEvent['script']>,
  endedRun: string | null,
): Promise<Tried> {
  const { state, engine, activities } = run;
  const { key, event, failedTries = 0, busyTries = 0 } = queued;
  const ended = (problem: Problem | null): Tried => ({ problem, againInMs: null });
  const failed = (why: string): Tried => ended({ text: scriptFailed(name, why), earlierRun: null });
  return engine.protect(async () => {
    try {
      const result = await activities.runScript({
        script: name,
        key: `ticket/${state.ticketId} ${key}`,
        endedRun,
        event: event.name,
        workflow: state.workflow,
        stepName: event.info?.stage?.name ?? null,
        driven: state.mode === 'drive',
        failedTries,
        busyTries,
        args,
        ticketInfoXml,
        ticketInfoSha256,
      });
      if (!result.ran) {
        run.display.note(`custom script ${name} on ${event.name} was not run: ${result.why}`);
        run.scriptReplies.skipped(key, result.why);
        return ended(null);
      }
      run.display.note(`script ${name} on ${event.name}: ${outcomeOf(result)}`);
      const againInMs = result.againInMs ?? null;
      if (againInMs !== null) {
        if (result.outcome === 'busy') queued.busyTries = busyTries + 1;
        else queued.failedTries = failedTries + 1;
        return { problem: null, againInMs };
      }
      run.scriptReplies.ended(key, scriptAnswer(result));
      if (result.outcome === 'earlierMayRun') return ended(mayRun(name, result));
      if (result.outcome === 'exited' && result.exitCode === 0) return ended(null);
      return failed(`${result.outcome}, exit code ${result.exitCode ?? '-'}: ${result.stderr.slice(-300)}`);
    } catch (error) {
      const failure = engine.failureOf(error);
      if (failure === null) throw error;
      run.scriptReplies.ended(key, failedAnswer(`The script ${name} failed: ${failure.message}.`));
      return failed(failure.message);
    }
  });
}

type Ran = Extract<Awaited<ReturnType<Activities['runScript']>>, { ran: true }>;

/** For the timeline and the Web UI; the history of the ticket shows all of it. */
function outcomeOf({ outcome, exitCode, stdout, stderr, startedAtMs, endedAtMs, ...rest }: Ran): string {
  const againInMs = rest.againInMs ?? null;
  const said = cleanLine(exitCode === 0 || stderr === '' ? stdout : stderr, 200);
  return [
    outcome === 'busy' ? 'as many of its runs as may be are under way' : outcome,
    ...(exitCode === null ? [] : [`exit code ${exitCode}`]),
    ...(outcome === 'exited' ? [durationText(endedAtMs - startedAtMs)] : []),
    ...(againInMs === null ? [] : [`again in ${durationText(againInMs)}`]),
    ...(said === '' ? [] : [`output: ${said}`]),
  ].join(', ');
}

function mayRun(name: string, { stderr, earlierRun }: Ran): Problem {
  return {
    text: scriptMayRun(name, stderr, earlierRun !== undefined),
    earlierRun: earlierRun ?? null,
  };
}
