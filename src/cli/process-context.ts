import { hostname } from 'node:os';
import { ClientError } from '../../packages/client/src/contract.js';
import type { CommandsClient } from '../../packages/client/src/gateway-commands.js';
import { loadSettings, type Environment } from '../config/settings.js';
import { openRedraw } from './redraw.js';
import type { CliContext } from './context.js';

interface ProcessParts {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Environment;
  readonly interrupted: AbortSignal;
}

/** The context of the commands in a real process. Clients are loaded when a command opens one: they are most of the start. */
export function processContext({ stdout, stderr, environment, interrupted }: ProcessParts): CliContext {
  const settings = (): ReturnType<CliContext['settings']> => loadSettings('cli', environment);
  const openGateway = async (token: string): Promise<CommandsClient> => {
    const { gatewayUrl, gatewayCaPem } = settings();
    const { createCommands } = await import('../../packages/client/src/gateway-commands.js');
    return createCommands({ gatewayUrl, token, ...(gatewayCaPem !== undefined && { caPem: gatewayCaPem }) });
  };
  const noColour = environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '';
  return {
    stdout,
    stderr,
    redraw: stdout.isTTY ? () => openRedraw(stdout) : null,
    colours: stdout.isTTY && !noColour,
    now: () => Date.now(),
    interrupted,
    settings,
    environment,
    openClient: async () => (await import('../../packages/client/src/create-client.js')).createClient(),
    temporalAddress: async () =>
      (await import('../../packages/client/src/deployment.js')).defaultTemporalAddress(),
    inspectTemporal: async () =>
      await (await import('../../packages/client/src/deployment.js')).inspectDeployment(),
    hasEnded,
    openSecureChange: async (of) => (await import('./doctor/open-secure-change.js')).openSecureChange(of),
    gatewayReady: async () => {
      const commands = await openGateway('');
      try {
        return await commands.ready();
      } finally {
        await commands.close();
      }
    },
    openCommands: async () => {
      const { token } = settings();
      if (token === undefined) {
        throw new ClientError(
          'notAllowed',
          'gateway: no token: set SCO_TOKEN, or SCO_TOKEN_FILE to the file that holds it',
        );
      }
      return await openGateway(token.reveal());
    },
  };
}

/** Identities of our workers: `worker@host/pid`. */
function hasEnded(identity: string): boolean {
  const [, host, pid] = /^worker@(.+)\/(\d+)$/.exec(identity) ?? [];
  if (host !== hostname() || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
