/** Why a process that serves metrics did not start, as its operator can mend it. */
export function metricsRefused(
  setting: 'GATEWAY_METRICS_ADDRESS' | 'WORKER_METRICS_ADDRESS',
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(
    `${setting}: metrics cannot be served at ${host.includes(':') ? `[${host}]` : host}:${port} (${why}). ` +
      'Each process of a machine needs an address of its own: set another one, or leave it out',
    { cause: error },
  );
}
