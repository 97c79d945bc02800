/** Every variable of the environment that this product reads, by process. Adding one here is all it takes. */
import { z } from 'zod';
import { parsePayloadKeys, PAYLOAD_CODECS, type PayloadKeys } from './payload-keys.js';
import {
  collector,
  issuer,
  flag,
  listenAddress,
  needed,
  oneOf,
  httpAddress,
  origin,
  pem,
  port,
  releaseName,
  secret,
  secretPem,
  text,
  wholeNumber,
  withDefault,
  withFallback,
} from './setting-kinds.js';

const SECURECHANGE = 'SecureChange and SecureTrack';
const GATEWAY = 'Gateway';
const ORCHESTRATION = 'Orchestration';
const COMMAND_LINE = 'Command line and client';
const LOCAL = 'Local servers';

export const SETTINGS = {
  secureChangeUrl: needed('SECURECHANGE_URL', ['worker'], ['cli', 'embedded'], origin, {
    section: SECURECHANGE,
    description: 'Address of SecureChange: https://host or https://host:port.',
  }),
  secureChangeUser: needed('SECURECHANGE_USER', ['worker'], ['cli', 'embedded'], text, {
    section: SECURECHANGE,
    description:
      'User that reads and drives tickets; needs "Create and handle tickets on behalf of another user (via API only)".',
  }),
  secureChangePassword: needed('SECURECHANGE_PASSWORD', ['worker'], ['cli', 'embedded'], secret(), {
    section: SECURECHANGE,
    source: 'secret',
    description: 'Password of that user.',
  }),
  secureChangeCaPem: needed('SECURECHANGE_CA_FILE', [], ['worker', 'cli', 'embedded'], pem, {
    section: SECURECHANGE,
    source: 'pemFile',
    description: 'PEM file of the authority that signed the certificates, when the system does not know it.',
  }),
  secureChangeAllowPlainHttp: withDefault(
    'SECURECHANGE_ALLOW_PLAIN_HTTP',
    ['worker', 'cli', 'embedded'],
    flag,
    'false',
    {
      section: SECURECHANGE,
      description:
        'Unsafe: lets http:// addresses other than loopback pass, so the password crosses the network unencrypted.',
    },
  ),
  secureTrackUrl: withFallback('SECURETRACK_URL', ['worker', 'cli'], origin, 'SECURECHANGE_URL', {
    section: SECURECHANGE,
    description: 'Address of SecureTrack, when it is not the same host.',
  }),

  gatewayHost: withDefault('GATEWAY_HOST', ['gateway', 'embedded'], text, '127.0.0.1', {
    section: GATEWAY,
    description: 'Address to listen on.',
  }),
  gatewayPort: withDefault('GATEWAY_PORT', ['gateway', 'embedded'], port, '8000', {
    section: GATEWAY,
    description: 'Port to listen on; 0 takes a free one.',
  }),
  gatewayTlsCert: needed('GATEWAY_TLS_CERT_FILE', [], ['gateway', 'embedded'], pem, {
    section: GATEWAY,
    source: 'pemFile',
    description: 'PEM file with the certificate chain to serve.',
  }),
  gatewayTlsKey: needed('GATEWAY_TLS_KEY_FILE', [], ['gateway', 'embedded'], secretPem, {
    section: GATEWAY,
    source: 'pemFile',
    description: 'PEM file with its private key.',
  }),
  gatewayAllowPlainHttp: withDefault('GATEWAY_ALLOW_PLAIN_HTTP', ['gateway', 'embedded'], flag, 'false', {
    section: GATEWAY,
    description: 'Unsafe: serves plain HTTP on an address that is not loopback.',
  }),
  temporalUiUrl: needed('SCO_TEMPORAL_UI_URL', [], ['gateway'], httpAddress, {
    section: GATEWAY,
    description:
      'Our namespace in the Temporal Web UI, such as `https://temporal.example/namespaces/default`: pages link to it. `npm start` sets its own.',
  }),
  gatewayMetrics: needed('GATEWAY_METRICS_ADDRESS', [], ['gateway'], listenAddress, {
    section: GATEWAY,
    description:
      'Where the gateway serves Prometheus metrics, at `/metrics`: a port on loopback such as `9464`, or a numeric address with a port such as `10.0.0.5:9464`. There is no sign-in: only Prometheus should reach it. Off without it. `npm start` hands it to its gateway.',
  }),
  pageUrl: needed('SCO_PAGE_URL', [], ['gateway', 'worker'], origin, {
    section: GATEWAY,
    description:
      'Address of the page for people, such as `https://sco.example`: tickets and lanes in the Temporal Web UI link to it, and alerts end with it. `npm start` sets its own.',
  }),
  oidcIssuer: needed('SCO_OIDC_ISSUER', [], ['gateway', 'cli'], issuer, {
    section: GATEWAY,
    description:
      'Issuer of the OpenID provider at which people may sign in to the page, as it stands in its discovery document. Needs SCO_OIDC_CLIENT_ID and SCO_PAGE_URL; the address to register there is SCO_PAGE_URL with `/sign-in/oidc/callback`.',
  }),
  oidcClientId: needed('SCO_OIDC_CLIENT_ID', [], ['gateway', 'cli'], text, {
    section: GATEWAY,
    description: 'Client id of the gateway at that provider.',
  }),
  oidcClientSecret: needed('SCO_OIDC_CLIENT_SECRET', [], ['gateway'], secret(), {
    section: GATEWAY,
    source: 'secret',
    description: 'Its secret; without one the gateway is a public client, with PKCE alone.',
  }),
  oidcSubjectClaim: withDefault('SCO_OIDC_SUBJECT_CLAIM', ['gateway'], text, 'sub', {
    section: GATEWAY,
    description:
      'Claim of the ID token that is compared with `oidcSubject` in people.yaml. Take only one that the provider never gives to another person: `sub`, or `oid` of Entra ID.',
  }),
  actorKey: needed('SCO_ACTOR_KEY', ['gateway', 'worker'], ['embedded'], secret(32), {
    section: GATEWAY,
    source: 'secret',
    description:
      'Shared by gateway and workers: signs who gave a command, and encrypts tokens that scripts print. At least 32 characters; `npm start` makes one when it is not set.',
  }),
  actorKeyPrevious: needed('SCO_ACTOR_KEY_PREVIOUS', [], ['worker', 'embedded'], secret(32), {
    section: GATEWAY,
    source: 'secret',
    description:
      'The key that SCO_ACTOR_KEY replaces: workers accept it too, gateways sign with the new one. Only while keys are exchanged.',
  }),

  configDir: withDefault('SCO_CONFIG_DIR', ['gateway', 'worker', 'embedded', 'cli'], text, './config', {
    section: ORCHESTRATION,
    description: 'Folder with processes, calendars, servers, scripts and people.',
  }),
  dataDir: withDefault('SCO_DATA_DIR', ['worker', 'embedded', 'cli'], text, './data', {
    section: ORCHESTRATION,
    description:
      'Folder of the embedded Temporal server, of exports, of encrypted tokens, of records of running scripts, and of what was begun once within the last hour; 0700.',
  }),
  evidenceKey: needed('SCO_EVIDENCE_KEY', [], ['worker', 'embedded'], secretPem, {
    section: ORCHESTRATION,
    source: 'secret',
    description:
      'Ed25519 private key (PKCS#8, PEM) that signs the heads of the evidence log; without it a worker makes one in SCO_DATA_DIR.',
  }),
  evidenceIntervalS: withDefault(
    'SCO_EVIDENCE_INTERVAL_S',
    ['worker', 'embedded'],
    wholeNumber(10, 86_400),
    '3600',
    {
      section: ORCHESTRATION,
      description:
        'Seconds between two exports of closed runs into the evidence log; open runs go there daily.',
    },
  ),
  restored: withDefault('SCO_RESTORED', ['worker', 'embedded'], flag, 'false', {
    section: ORCHESTRATION,
    description: 'Set after restoring a database: every process starts in observe, whatever its file says.',
  }),
  sweepIntervalS: withDefault('SCO_SWEEP_INTERVAL_S', ['worker', 'embedded'], wholeNumber(1, 86_400), '120', {
    section: ORCHESTRATION,
    description: 'Seconds between two sweeps for events that never arrived.',
  }),
  pushPollMs: withDefault('SCO_PUSH_POLL_MS', ['worker', 'embedded'], wholeNumber(50, 600_000), '5000', {
    section: ORCHESTRATION,
    description: 'Milliseconds between two looks at a running Update or Commit.',
  }),
  pushTimeoutS: withDefault('SCO_PUSH_TIMEOUT_S', ['worker', 'embedded'], wholeNumber(10, 86_400), '7200', {
    section: ORCHESTRATION,
    description: 'Seconds an Update or Commit may take before a person is asked.',
  }),
  evidenceGraceMs: withDefault(
    'SCO_EVIDENCE_GRACE_MS',
    ['worker', 'embedded'],
    wholeNumber(0, 3_600_000),
    '60000',
    {
      section: ORCHESTRATION,
      description:
        'Milliseconds to look for evidence of a push whose answer was lost before a person is asked.',
    },
  ),
  restMs: withDefault('SCO_REST_MS', ['worker', 'embedded'], wholeNumber(0, 3_600_000), '15000', {
    section: ORCHESTRATION,
    description: 'Milliseconds to wait after a Commit before the next one on the same manager.',
  }),
  release: needed('SCO_RELEASE', [], ['worker'], releaseName, {
    section: ORCHESTRATION,
    description:
      "Name of this worker's release, such as 1.4.0, for Temporal's worker versioning: it takes work only while `sco release use` has made it current. Off without it.",
  }),
  workerMetrics: needed('WORKER_METRICS_ADDRESS', [], ['worker'], listenAddress, {
    section: ORCHESTRATION,
    description:
      "Where the worker serves Prometheus metrics, its own and the Temporal SDK's, at `/metrics`; written as GATEWAY_METRICS_ADDRESS. Each worker of a machine needs one of its own. Off without it. `npm start` hands it to its worker.",
  }),
  otlpEndpoint: needed('OTEL_EXPORTER_OTLP_ENDPOINT', [], ['gateway', 'worker'], collector, {
    section: ORCHESTRATION,
    description:
      'OpenTelemetry collector that traces are sent to, over OTLP/HTTP with JSON, such as `http://127.0.0.1:4318`: `/v1/traces` is added. Off without it. What is traced: [runbook](runbook.md#traces).',
  }),
  otlpHeaders: needed('OTEL_EXPORTER_OTLP_HEADERS', [], ['gateway', 'worker'], secret(), {
    section: ORCHESTRATION,
    source: 'secret',
    description: 'HTTP headers for that collector, as `name=value,name=value`; for its credentials.',
  }),
  payloadCodec: withDefault(
    'SCO_PAYLOAD_CODEC',
    ['gateway', 'worker', 'embedded', 'cli', 'client'],
    oneOf(...PAYLOAD_CODECS),
    'off',
    {
      section: ORCHESTRATION,
      description:
        'Encryption of what Temporal stores: `aes-256-gcm` with the first key of SCO_PAYLOAD_KEYS, or `off`. With `off` and keys, what was encrypted before is still read. How to turn it on: [runbook](runbook.md#the-payload-keys).',
    },
  ),
  payloadKeys: needed(
    'SCO_PAYLOAD_KEYS',
    [],
    ['gateway', 'worker', 'embedded', 'cli', 'client'],
    payloadKeys(),
    {
      section: ORCHESTRATION,
      source: 'secret',
      description:
        'One key a line, `NAME KEY`, KEY being 64 hex digits: the first encrypts, all decrypt. `ignore ID` names a key that never was ours. Best as a file, the same for all processes.',
    },
  ),
  logLevel: withDefault(
    'LOG_LEVEL',
    ['gateway', 'worker', 'embedded'],
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    { section: ORCHESTRATION, description: 'trace, debug, info, warn, error, fatal or silent.' },
  ),

  gatewayUrl: withDefault('SCO_GATEWAY_URL', ['cli', 'client'], origin, 'http://127.0.0.1:8000', {
    section: COMMAND_LINE,
    description: 'Gateway that commands are sent through.',
  }),
  token: needed('SCO_TOKEN', [], ['cli', 'client'], secret(), {
    section: COMMAND_LINE,
    source: 'secret',
    description: 'Bearer token that says who gives the command.',
  }),
  gatewayCaPem: needed('SCO_GATEWAY_CA_FILE', [], ['cli', 'client'], pem, {
    section: COMMAND_LINE,
    source: 'pemFile',
    description: "PEM file of the authority that signed the gateway's certificate.",
  }),

  temporalPort: withDefault('SCO_TEMPORAL_PORT', ['embedded'], port, '7233', {
    section: LOCAL,
    description: 'Port of the Temporal server that `npm start` brings.',
  }),
  temporalUiPort: withDefault('SCO_TEMPORAL_UI_PORT', ['embedded'], port, '8233', {
    section: LOCAL,
    description: 'Port of its Web UI.',
  }),
  simulatorHost: withDefault('SIMULATOR_HOST', ['simulator'], text, '127.0.0.1', {
    section: LOCAL,
    description: 'Address the simulator listens on.',
  }),
  simulatorPort: withDefault('SIMULATOR_PORT', ['simulator', 'embedded'], port, '8080', {
    section: LOCAL,
    description: 'Port the simulator listens on.',
  }),
  simulatorState: needed('SIMULATOR_STATE', [], ['simulator', 'embedded'], text, {
    section: LOCAL,
    description:
      'File in which the simulator keeps its state; without it everything is forgotten at its end.',
  }),
  simulatorScenario: needed('SIMULATOR_SCENARIO', [], ['simulator'], text, {
    section: LOCAL,
    description: 'JSON file with the users, workflows and devices the simulator plays.',
  }),
} as const;

function payloadKeys(): z.ZodType<PayloadKeys, string> {
  return z.string().transform((value, context) => {
    const keys = parsePayloadKeys(value);
    if (!('wrong' in keys)) return keys;
    context.addIssue(keys.wrong);
    return z.NEVER;
  });
}
