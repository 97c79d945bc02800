/** What a mediator that waits for a script is answered, in the form of its wire contract. */
export interface ScriptAnswer {
  readonly output: string;
  readonly error: { readonly output: string; readonly returnCode: number } | null;
}

/** One delivery of an event: two that look alike differ in when they came. */
export interface ScriptDelivery {
  readonly eventKey: string;
  readonly receivedAtMs: number;
  readonly script: string;
}

export type ScriptReply =
  /** The ticket's workflow has not come to the delivery yet, or no longer has its result. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'running' }
  | { readonly kind: 'notRun'; readonly why: string }
  | { readonly kind: 'ended'; readonly answer: ScriptAnswer };

/** Exit codes of what did not exit by itself, as shells and `timeout` give them. */
const TIMED_OUT = 124;
const NOT_RUN = 126;

export function scriptAnswer(result: {
  readonly outcome: string;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): ScriptAnswer {
  const { outcome, exitCode, stdout, stderr } = result;
  const returnCode = exitCode ?? (outcome === 'timedOut' ? TIMED_OUT : NOT_RUN);
  return {
    output: stdout,
    error: returnCode === 0 && outcome === 'exited' ? null : { output: stderr, returnCode },
  };
}

/** For what failed without a result: its worker died, or it is no longer registered. */
export function failedAnswer(why: string): ScriptAnswer {
  return { output: '', error: { output: `${why}\n`, returnCode: NOT_RUN } };
}
