/** What a run of a token script came to. `why` is a text of ours and repeats nothing that the script wrote. */
export type TokenRun =
  | { readonly kind: 'exited'; readonly exitCode: number | null; readonly stdout: string }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'busy'; readonly why: string }
  | { readonly kind: 'notRun'; readonly why: string };
