import { resolve } from 'node:path';
import { Command } from 'commander';
import { renderMediator } from '../cli/mediator-script.js';
import { loadConfig } from '../config/load-config.js';
import { loadSettings, SettingsError, unsafeChoices } from '../config/settings.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';
import { UnusableDataFolder } from './data-folder.js';
import { onInterrupt } from './interrupts.js';
import { startProduct } from './product.js';
import { simulatedConfig } from './simulated-config.js';
import { isWorthShowing, summaryOf } from './summary.js';
import { readableLine } from '../telemetry/logger.js';

const command = new Command('npm start --')
  .description(
    'Temporal, worker and gateway in the foreground; Ctrl-C stops them, a second start finds the same tickets',
  )
  .option('--simulator', 'bring a stand-in SecureChange, SecureTrack and ITSM too', false)
  .option('--watch', 'reload worker, gateway and simulator when their sources change', false)
  .parse();
const { simulator, watch } = command.opts<{ simulator: boolean; watch: boolean }>();

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

try {
  const settings = loadSettings('embedded');
  for (const warning of unsafeChoices(settings)) say(`WARNING: ${warning}`);
  if (!simulator && settings.secureChangeUrl === undefined) {
    throw new SettingsError('embedded', [
      'SECURECHANGE_URL is not set, so there is no SecureChange to work with. Export it and what .env.example lists with it (no .env file is read), ' +
        'or try the product with a stand-in: npm start -- --simulator',
    ]);
  }
  const operatorsConfig = resolve(settings.configDir);
  const configDir = simulator ? resolve(settings.dataDir, 'simulated-config') : operatorsConfig;
  const starting = startProduct({
    dataDir: settings.dataDir,
    durable: true,
    restart: true,
    watch,
    temporalPort: settings.temporalPort,
    temporalUiPort: settings.temporalUiPort,
    gatewayHost: settings.gatewayHost,
    gatewayPort: settings.gatewayPort,
    searchAttributes: searchAttributeTable(),
    // Worker and gateway run in the top folder of the package, wherever we were started.
    env: { SCO_CONFIG_DIR: configDir },
    prepare: () => {
      if (simulator) simulatedConfig(operatorsConfig, configDir);
    },
    log: say,
    onLine: (line) => {
      if (isWorthShowing(line)) say(readableLine(line));
    },
    ...(simulator && {
      simulator: {
        port: settings.simulatorPort,
        ...(settings.simulatorState !== undefined && { stateFile: settings.simulatorState }),
        mediator: {
          render: renderMediator,
          workflows: () => loadConfig(configDir).processes.map((definition) => definition.workflow),
        },
      },
    }),
  });
  onInterrupt({
    stopGracefully: async (signal) => {
      say(`${signal}: stopping; calls under way finish first. Press Ctrl-C again to force.`);
      const product = await starting.catch(() => undefined);
      await product?.stop();
      say('stopped');
    },
  });
  say(summaryOf(await starting));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // As `sco` does: 2 where a setting is wrong.
  process.exitCode = error instanceof SettingsError || error instanceof UnusableDataFolder ? 2 : 1;
}
