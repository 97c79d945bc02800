/**
 * First SIGINT or SIGTERM: `stopGracefully`, then exit 0 (1 if it fails). A second one while that goes on: `forceNow`, exit 130.
 * Returns a function that takes the handlers away again.
 */
export function onInterrupt(handlers: {
  stopGracefully: (signal: NodeJS.Signals) => Promise<void>;
  forceNow?: () => void;
  exit?: (code: number) => void;
}): () => void {
  const exit = handlers.exit ?? ((code) => process.exit(code));
  let stopping = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (stopping) {
      handlers.forceNow?.();
      exit(130);
      return;
    }
    stopping = true;
    handlers.stopGracefully(signal).then(
      () => exit(0),
      () => exit(1),
    );
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.removeListener('SIGINT', handle);
    process.removeListener('SIGTERM', handle);
  };
}

/** For a program that has nothing to finish: SIGINT and SIGTERM end it as an exit does, so that what it started ends with it. */
export function exitOnInterrupt(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
