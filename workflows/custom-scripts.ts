import type { TicketRun } from './ticket-run.js';

/**
 * Runs the custom scripts that mediators named, in order of their events, beside the phases. A script is foreign code:
 * it runs once, output and exit code stand in the history, and running it again is a person's decision.
 */
export async function runScripts(run: TicketRun): Promise<void> {
  const { state, engine, activities } = run;
  for (;;) {
    await engine.condition(() => state.scripts.length > 0 && state.workflow !== '' && state.held === null);
    const event = state.scripts[0];
    if (event?.script === undefined) continue;
    const { name, args, ticketInfoXml } = event.script;
    const input = {
      script: name,
      event: event.name,
      workflow: state.workflow,
      stepName: event.info?.stage?.name ?? null,
      args,
      ticketInfoXml,
    };
    const problem = await engine.protect(async () => {
      try {
        const result = await activities.runScript(input);
        if (!result.ran) return null;
        run.note(
          `script ${name} on ${event.name}: ${result.outcome}${result.exitCode === null ? '' : `, exit code ${result.exitCode}`}`,
        );
        return result.outcome === 'exited' && result.exitCode === 0
          ? null
          : `${result.outcome}, exit code ${result.exitCode ?? '-'}: ${result.stderr.slice(-300)}`;
      } catch (error) {
        const failure = engine.giveUp(error);
        if (failure === null) throw error;
        return failure.message;
      }
    });
    if (problem !== null) {
      const decision = await run.park({
        code: 'script.failed',
        phase: null,
        target: name,
        reason: `custom script ${name} failed: ${problem}`,
        ways: ['retry', 'skip'],
      });
      if (decision.kind === 'retry') continue;
    }
    state.scripts = state.scripts.filter((queued) => queued !== event);
    run.publish();
  }
}
