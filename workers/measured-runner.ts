import type { Measure } from '../src/domain/metrics.js';
import type { ScriptRunner } from '../src/scripts/scripts.js';

/** The same runner, which counts what became of each run. */
export function measuredRunner(runner: ScriptRunner, measure: Measure): ScriptRunner {
  return {
    async run(entry, call, signal) {
      const result = await runner.run(entry, call, signal);
      const { outcome, exitCode } = result;
      const ended = exitCode === 0 ? 'succeeded' : 'failed';
      const labels = { script: entry.name, result: outcome === 'exited' ? ended : outcome };
      measure('sco_script_runs_total', 1, labels);
      return result;
    },
  };
}
