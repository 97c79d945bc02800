import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const PROCESS = `name: web
workflow: Web change
workflowType: ACCESS_REQUEST
mode: drive
driveSince: 2026-11-01T00:00:00Z
requestField: Required Access
risk: { approvalFrom: medium, blockFrom: critical }
approval: { step: Approval, field: Approve }
window: { calendar: nightly }
steps:
  Open: {}
  Design:
    phases: [{ phase: design, by: orchestrator }, riskCheck, advance]
  Approval:
    phases: [approval]
  Implementation:
    phases: [{ phase: update, by: orchestrator }, changeWindow, { phase: commit, by: orchestrator }, advance]
integrationPoints:
  - name: create-change
    enabled: true
    on: { inbound: Approval }
    server: itsm
    action: create
    body: templates/create.json
`;

export const FILES: Readonly<Record<string, string>> = {
  'processes/web.yaml': PROCESS,
  'templates/create.json': '{"short_description": "#ticket_subject#"}',
  'capabilities.yaml': `version: '1'
families:
  - name: boxes
    models: [box_*]
    enforcedBy: commit
    source: tested on 2026-11-20
    actions: { addAccess: automatic }
`,
  'calendars.yaml': `calendars:
  nightly:
    zone: Europe/Berlin
    weekly:
      - { days: [mon], start: '22:00', end: '04:00' }
`,
  'servers.yaml': `servers:
  itsm:
    kind: servicenow
    urlEnv: ITSM_URL
    auth: { kind: basic, user: sco, passwordEnv: ITSM_PASSWORD }
`,
  'scripts.yaml': 'scripts: [{ name: events }]\n',
  'people.yaml': `people:
  - login: o.brandt
    roles: [operator]
    credentials: [{ kind: bearer, sha256Env: TOKEN_SHA256 }]
serviceAccounts: [wf-api]
`,
};

/** A new configuration folder; `changes` replace files, or remove those that are undefined. */
export function writeFolder(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'sco-config-'));
  for (const [name, text] of Object.entries({ ...FILES, ...changes })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
