import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localSecret, sha256Hex } from './local-secrets.js';
import type { Environment } from './program-paths.js';

/** Renders the mediator script; `renderMediator` of the command line fits. */
export type RenderMediator = (options: {
  gatewayUrl: string;
  user: string;
  password: string;
  script: string;
  caPem?: string;
}) => string;

/** What the shipped configuration names, for a product whose SecureChange and ITSM are the simulator. */
export interface SimulatorEnvironment {
  readonly env: Environment;
  readonly mediatorPassword: string;
  readonly operatorTokenFile: string;
  readonly approverTokenFile: string;
}

/** Every password of the simulator's default scenario equals its login; tokens and the mediator's password are made once. */
export function simulatorEnvironment(simulatorUrl: string, dataDir: string): SimulatorEnvironment {
  const mediator = localSecret(dataDir, 'mediator-password');
  const operator = localSecret(dataDir, 'operator-token');
  const approver = localSecret(dataDir, 'approver-token');
  return {
    mediatorPassword: mediator.value,
    operatorTokenFile: operator.file,
    approverTokenFile: approver.file,
    env: {
      SECURECHANGE_URL: simulatorUrl,
      SECURECHANGE_USER: 'wf-api',
      SECURECHANGE_PASSWORD: 'wf-api',
      SECURECHANGE_CREDENTIAL: 'wf-api:wf-api',
      SERVICENOW_URL: simulatorUrl,
      SERVICENOW_USER: 'itsm',
      SERVICENOW_PASSWORD: 'itsm',
      SCO_MEDIATOR_PASSWORD: mediator.value,
      SCO_OPERATOR_TOKEN_SHA256: sha256Hex(operator.value),
      SCO_APPROVER_TOKEN_SHA256: sha256Hex(approver.value),
    },
  };
}

const EVENTS = [
  'CREATE',
  'ADVANCE',
  'REDO',
  'CANCEL',
  'REJECT',
  'CLOSE',
  'RESOLVE',
  'REOPEN',
  'RESUBMIT',
  'AUTOMATION_FAILED',
];
const TRIGGERS = '/securechangeworkflow/api/securechange/triggers';

/** Writes the mediator script and registers it for every event of every workflow, as an administrator of SecureChange would. */
export async function registerMediator(options: {
  readonly simulatorUrl: string;
  readonly gatewayUrl: string;
  readonly dataDir: string;
  readonly password: string;
  readonly script: string;
  readonly render: RenderMediator;
  readonly workflows: readonly string[];
  readonly caPem?: string;
}): Promise<string> {
  const path = join(options.dataDir, 'mediator.sh');
  const text = options.render({
    gatewayUrl: options.gatewayUrl,
    user: 'mediator',
    password: options.password,
    script: options.script,
    ...(options.caPem !== undefined && { caPem: options.caPem }),
  });
  writeFileSync(path, text, { mode: 0o700 });
  chmodSync(path, 0o700);

  const name = 'securechange-orchestrator';
  const known = await call(options.simulatorUrl, 'GET', `${TRIGGERS}?name=${name}`);
  // Registered at an earlier start with the same path: writing the file was enough.
  if ((await known.text()).includes(path)) return path;
  const answer = await call(options.simulatorUrl, 'POST', TRIGGERS, {
    workflow_triggers: {
      workflow_trigger: [
        {
          name,
          executer: { '@xsi.type': 'ScriptDTO', path, arguments: '' },
          triggers: options.workflows.map((workflow) => ({
            name: workflow,
            workflow: { name: workflow },
            events: EVENTS,
          })),
        },
      ],
    },
  });
  if (!answer.ok) {
    throw new Error(
      `simulator: registering the mediator was answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`,
    );
  }
  return path;
}

async function call(url: string, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}`,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
}
