/** The custom script of a scenario, registered in the demo's copy of `config/`. */
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const KPI_SCRIPT = 'kpi-and-assessment';
const WORKFLOW = 'Firewall change (scripts)';

/** Where the KPI system of the scenario keeps its rows: `EVENT TICKET`. */
function kpiFile(configDir: string): string {
  return join(configDir, 'kpi.txt');
}

/** On each event a row for the KPI system; on the way into Approval an assessment of the destinations in a field. */
const SOURCE = `#!/usr/bin/env node
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { SCW_EVENT, KPI_FILE, SECURECHANGE_URL, SECURECHANGE_CREDENTIAL_FILE } = process.env;
const xml = readFileSync(0, 'utf8');
const id = /<id>(\\d+)<\\/id>/.exec(xml)?.[1];
const left = /<current_stage>.*?<name>([^<]*)<\\/name>/s.exec(xml)?.[1];
appendFileSync(KPI_FILE, SCW_EVENT + ' ' + id + '\\n');
console.log('counted ' + SCW_EVENT);

const list = (value) => (value ? [value].flat() : []);
if (SCW_EVENT === 'ADVANCE' && left === 'Design and Risk') {
  const credential = readFileSync(SECURECHANGE_CREDENTIAL_FILE, 'utf8').trim();
  const call = async (method, path, body) => {
    const response = await fetch(SECURECHANGE_URL + '/securechangeworkflow/api/securechange' + path, {
      method,
      headers: {
        authorization: 'Basic ' + Buffer.from(credential).toString('base64'),
        accept: 'application/json',
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(method + ' ' + path + ': ' + response.status);
    return await response.text();
  };
  for (let tries = 0; tries < 40; tries += 1, await sleep(250)) {
    const { ticket } = JSON.parse(await call('GET', '/tickets/' + id + '.json'));
    const step = list(ticket.steps.step).find((one) => String(one.id) === String(ticket.current_step.id));
    if (step.name !== 'Approval') continue;
    const [task] = list(step.tasks.task);
    const fields = list(task.fields.field);
    const servers = JSON.stringify(fields).match(/172\\.16\\.\\d+\\.\\d+/g) ?? [];
    const field = fields.find(({ name }) => name === 'Vulnerabilities');
    const text = [...new Set(servers)].map((server) => server + ': no findings').join(', ');
    const sent = { '@xsi.type': 'text_area', id: field.id, name: field.name, text };
    await call('PUT', '/tickets/' + id + '/steps/' + step.id + '/tasks/' + task.id + '/fields/', { fields: { field: [sent] } });
    console.log('assessed ' + text);
    break;
  }
}
`;

/** Registers it, with a process for the workflow whose step Approval has the field. */
export function registersScript(configDir: string, firewallChange: string): void {
  writeFileSync(join(configDir, 'scripts', `${KPI_SCRIPT}.mjs`), SOURCE, { mode: 0o755 });
  const entry = [
    `  - name: ${KPI_SCRIPT}`,
    `    executable: scripts/${KPI_SCRIPT}.mjs`,
    `    sha256: '${createHash('sha256').update(SOURCE).digest('hex')}'`,
    `    workflows: [${WORKFLOW}]`,
    '    timeout: 30s',
    '    env:',
    `      KPI_FILE: ${kpiFile(configDir)}`,
    '      SECURECHANGE_URL: setting:SECURECHANGE_URL',
    '      SECURECHANGE_CREDENTIAL_FILE: secret:SECURECHANGE_CREDENTIAL',
  ];
  appendFileSync(join(configDir, 'scripts.yaml'), `\n${entry.join('\n')}\n`);
  const process = firewallChange
    .replace(/^name: .*$/m, 'name: with-scripts')
    .replace(/^workflow: .*$/m, `workflow: ${WORKFLOW}`);
  writeFileSync(join(configDir, 'processes', 'with-scripts.yaml'), process);
}
