import { becomesFree, freePorts } from './free-ports.js';

export interface ServerPorts {
  readonly port: number;
  /** undefined: no Web UI. */
  readonly uiPort: number | undefined;
}

export interface AskedPorts {
  readonly port?: number;
  readonly uiPort?: number;
  /** Asks for a Web UI on any port. */
  readonly ui?: boolean;
}

/** The ports of a server killed a moment ago may still be in use. */
const PORT_MS = 2_000;

/**
 * The ports that are asked for; else those of the earlier start on this database, if they are free; else any free ones.
 *
 * @throws Error when another program uses a port that is asked for.
 */
export async function choosePorts(
  ip: string,
  asked: AskedPorts,
  earlier: Partial<ServerPorts>,
): Promise<ServerPorts> {
  const [port = 0, uiPort = 0] = await freePorts(2, ip);
  const free = async (wanted: number | undefined): Promise<number | undefined> =>
    wanted !== undefined && (await becomesFree(wanted, ip, PORT_MS)) ? wanted : undefined;
  for (const wanted of [asked.port, asked.uiPort]) {
    if (wanted !== undefined && (await free(wanted)) === undefined) {
      throw new Error(
        `Port ${wanted}, meant for the Temporal server, is in use by another program. End that program or choose another port.`,
      );
    }
  }
  const withUi = asked.uiPort !== undefined || asked.ui === true;
  return {
    port: asked.port ?? (await free(earlier.port)) ?? port,
    uiPort: withUi ? (asked.uiPort ?? (await free(earlier.uiPort)) ?? uiPort) : undefined,
  };
}
