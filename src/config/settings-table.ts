/** The settings as data, for documents: `docs/settings.md`, `.env.example`, and the test that compares them all. */
import { SETTINGS } from './setting-definitions.js';
import type { Setting } from './setting-kinds.js';

export interface SettingRow {
  readonly name: string;
  readonly section: string;
  /** Processes that read it; `temporal`: the SDK's own environment configuration; `config`: named by the shipped files. */
  readonly processes: readonly string[];
  /** As one would write it; null when there is none. */
  readonly default: string | null;
  /** Processes that do not start without it. */
  readonly requiredBy: readonly string[];
  /** Never printed. May be given as NAME_FILE, a path, too. */
  readonly secret: boolean;
  readonly description: string;
}

const TEMPORAL = 'Temporal (read by its SDK)';
const TOOLS = 'Where tools are found';
const COMPOSE = 'Read by docker-compose.yml alone';
const REFERENCES = 'Named by the files in config/';

/** Variables read by others than our settings schema: the SDK, the tool finder, references in operators' files. */
const OTHERS: readonly SettingRow[] = [
  readElsewhere(
    'TEMPORAL_ADDRESS',
    TEMPORAL,
    'temporal',
    'localhost:7233',
    'Host and port of the Temporal server.',
  ),
  readElsewhere('TEMPORAL_NAMESPACE', TEMPORAL, 'temporal', 'default', 'Namespace.'),
  readElsewhere('TEMPORAL_TLS', TEMPORAL, 'temporal', null, 'true to connect with TLS.'),
  readElsewhere(
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    TEMPORAL,
    'temporal',
    null,
    "PEM file of the authority that signed the server's certificate.",
  ),
  readElsewhere(
    'TEMPORAL_TLS_CLIENT_CERT_PATH',
    TEMPORAL,
    'temporal',
    null,
    'PEM file of our client certificate.',
  ),
  readElsewhere('TEMPORAL_TLS_CLIENT_KEY_PATH', TEMPORAL, 'temporal', null, 'PEM file of its private key.'),
  {
    ...readElsewhere(
      'TEMPORAL_API_KEY',
      TEMPORAL,
      'temporal',
      null,
      'API key, where one is used; not as a file.',
    ),
    secret: true,
  },
  readElsewhere(
    'TEMPORAL_CLI_PATH',
    TOOLS,
    'embedded',
    null,
    'The `temporal` program, when it is neither on PATH nor in the cache.',
  ),
  readElsewhere(
    'SCO_CACHE_DIR',
    TOOLS,
    'embedded',
    null,
    'Folder for programs built once; default below ~/.cache.',
  ),
  readElsewhere(
    'TEMPORAL_TEST_SERVER',
    TOOLS,
    'tests',
    null,
    'The time-skipping test server, when it is not in the cache.',
  ),
  readElsewhere(
    'SCO_WORKFLOW_BUNDLE',
    TOOLS,
    'worker',
    null,
    'File with the workflows bundled before; the image sets it, else the worker bundles at start.',
  ),
  {
    ...readElsewhere('POSTGRES_PASSWORD', COMPOSE, 'compose', null, "Password of Temporal's database user."),
    requiredBy: ['compose'],
    secret: true,
  },
  readElsewhere(
    'SCO_SECRETS_DIR',
    COMPOSE,
    'compose',
    './secrets',
    'Folder whose files the containers see below /run/secrets/sco, for NAME_FILE settings.',
  ),
  readElsewhere('SERVICENOW_URL', REFERENCES, 'config', null, 'Address of the ServiceNow instance.'),
  readElsewhere('SERVICENOW_USER', REFERENCES, 'config', null, 'User that writes changes there.'),
  {
    ...readElsewhere('SERVICENOW_PASSWORD', REFERENCES, 'config', null, 'Password of that user.'),
    secret: true,
  },
  {
    ...readElsewhere(
      'SCO_MEDIATOR_PASSWORD',
      REFERENCES,
      'config',
      null,
      'Password the mediator scripts present to the gateway.',
    ),
    secret: true,
  },
  readElsewhere(
    'SCO_OPERATOR_TOKEN_SHA256',
    REFERENCES,
    'config',
    null,
    "Lower-case hex SHA-256 of the operator's token (the token itself is only with the operator).",
  ),
  readElsewhere(
    'SCO_APPROVER_TOKEN_SHA256',
    REFERENCES,
    'config',
    null,
    "Lower-case hex SHA-256 of the approver's token.",
  ),
];

function readElsewhere(
  name: string,
  section: string,
  reader: string,
  text: string | null,
  description: string,
): SettingRow {
  return { name, section, processes: [reader], default: text, requiredBy: [], secret: false, description };
}

/** Every variable there is, in the order of documents. */
export const SETTINGS_TABLE: readonly SettingRow[] = [
  ...Object.values<Setting>(SETTINGS).map((setting) => ({
    name: setting.name,
    section: setting.section,
    processes: [...setting.by, ...setting.may],
    default: setting.default ?? setting.fallback ?? null,
    requiredBy: setting.default === undefined && setting.fallback === undefined ? setting.by : [],
    secret: setting.source === 'secret',
    description: setting.description,
  })),
  ...OTHERS,
];

/** Text of `.env.example`. Required variables stand open, all others as comments with their defaults. */
export function generateEnvExample(): string {
  const lines = [
    '# Every setting of securechange-orchestrator. Docker Compose reads a filled-in copy named .env; npm and sco read the environment only. Made by scripts/generate-schemas.ts.',
    '# A secret may be given as NAME_FILE, the path of a file that holds it, instead, unless its line says otherwise.',
  ];
  for (const section of new Set(SETTINGS_TABLE.map((row) => row.section))) {
    lines.push('', `# ${section}`);
    for (const row of SETTINGS_TABLE.filter((candidate) => candidate.section === section)) {
      const readers =
        row.requiredBy.length > 0 ? `required by ${row.requiredBy.join(', ')}` : row.processes.join(', ');
      lines.push('', `# ${row.description} [${readers}]`);
      const open = row.requiredBy.length > 0;
      lines.push(`${open ? '' : '# '}${row.name}=${envText(row)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A fallback is another variable's name, not a value. */
function envText(row: SettingRow): string {
  return SETTINGS_TABLE.some((other) => other.name === row.default) ? '' : (row.default ?? '');
}

/** Markdown table for `docs/settings.md`. */
export function generateSettingsMarkdown(): string {
  const rows = SETTINGS_TABLE.map((row) => {
    const standard = row.default === null ? '' : `\`${row.default}\``;
    const needs = row.requiredBy.length > 0 ? `**required** by ${row.requiredBy.join(', ')}` : standard;
    return `| \`${row.name}\`${row.secret ? ' (secret)' : ''} | ${row.processes.join(', ')} | ${needs} | ${row.description} |`;
  });
  return ['| Setting | Read by | Default | What it does |', '| --- | --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
}
