import type { DeploymentFacts } from '../../packages/client/src/deployment-facts.js';
import type { OrchestratorClient } from '../../packages/client/src/contract.js';
import type { CommandsClient } from '../../packages/client/src/gateway-commands.js';
import type { SettingsOf } from '../config/settings.js';
import type { SecureChangeUnderTest } from './doctor/securechange.js';

/** What we use of a terminal. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Redraw {
  readonly draw: (text: string) => void;
  /** Leaves the last picture on the screen. */
  readonly done: () => void;
}

/** Everything that commands use besides their arguments; tests pass their own. */
export interface CliContext {
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** Draws over what it drew before; null without a terminal. */
  readonly redraw: (() => Redraw) | null;
  /** false with NO_COLOR or without a terminal; `--no-color` switches them off too. */
  readonly colours: boolean;
  readonly now: () => number;
  /** IANA name; that of the machine when left out. */
  readonly zone?: string;
  /** Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Throws SettingsError with every mistake. */
  readonly settings: () => SettingsOf<'cli'>;
  readonly openClient: () => Promise<OrchestratorClient>;
  /** Throws ClientError `notAllowed` when there is no token. */
  readonly openCommands: () => Promise<CommandsClient>;
  /** `/readyz` of the gateway, without a token; throws ClientError `gatewayAway`. */
  readonly gatewayReady: () => Promise<boolean>;
  /** `host:port` that reading goes to. */
  readonly temporalAddress: () => Promise<string>;
  readonly inspectTemporal: () => Promise<DeploymentFacts>;
  /** The identity names a process of this machine, and that process is not there any more. */
  readonly hasEnded: (identity: string) => boolean;
  /** null when its address or credential is not set. */
  readonly openSecureChange: (
    settings: SettingsOf<'cli'>,
  ) => Promise<(SecureChangeUnderTest & { close: () => Promise<void> }) | null>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
