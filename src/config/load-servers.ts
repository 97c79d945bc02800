/** The servers of `servers.yaml`, with the descriptions of records that they name. */
import type { z } from 'zod';
import type { RecordRules } from '../domain/record-rules.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import { isAllowedHost } from './allowed-hosts.js';
import type { ConfigFolder } from './config-folder.js';
import type { Mistake } from './mistakes.js';
import type { ConfiguredServer } from './operator-config.js';
import { recordSchema, toRecordRules } from './record-schema.js';
import type { serversSchema } from './server-schema.js';
import { unavailable } from './unavailable.js';
import { checkYaml, parseYaml } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

interface LoadedServers {
  readonly servers: readonly ConfiguredServer[];
  readonly warnings: readonly string[];
  readonly mistakes: readonly Mistake[];
}

export function loadServers(
  folder: ConfigFolder,
  yaml: YamlFile,
  { servers: files, allowedHosts: hosts, allowedAddresses: ranges }: z.output<typeof serversSchema>,
  scripts: readonly ScriptEntry[],
): LoadedServers {
  const allowedHosts = hosts ?? null;
  const servers: ConfiguredServer[] = [];
  const warnings: string[] = [];
  const mistakes: Mistake[] = [];
  for (const [name, server] of Object.entries(files)) {
    mistakes.push(...refuseServer(yaml, name, server), ...checkTokenScript(yaml, name, server, scripts));
    const records = readRecords(folder, yaml, name, server, mistakes);
    mistakes.push(...checkHosts(yaml, name, server, allowedHosts));
    const kind = server.kind === 'http' || server.kind === 'mail' ? server.kind : 'servicenow';
    servers.push({ name, kind, file: server, records, allowedHosts, allowedAddresses: ranges ?? null });
    if (!server.tls.verify)
      warnings.push(`server ${name}: its certificate is not checked (tls.verify: false)`);
    if (server.allowPlainHttp)
      warnings.push(`server ${name}: may be called unencrypted (allowPlainHttp: true)`);
  }
  return { servers, warnings, mistakes };
}

type ServerFiles = z.output<typeof serversSchema>['servers'];

function readRecords(
  folder: ConfigFolder,
  yaml: YamlFile,
  name: string,
  { record }: ServerFiles[string],
  mistakes: Mistake[],
): RecordRules | null {
  if (record === undefined) return null;
  if (typeof record !== 'string') return toRecordRules(record);
  const text = folder.read(record);
  if (text === undefined) {
    mistakes.push(yaml.mistake(['servers', name, 'record'], `the description ${record} does not exist`));
    return null;
  }
  const { yaml: described, mistakes: unreadable } = parseYaml(record, text);
  mistakes.push(...unreadable);
  if (described === null) return null;
  const { value, mistakes: wrong } = checkYaml(described, recordSchema);
  mistakes.push(...wrong);
  return value === null ? null : toRecordRules(value);
}

/** Addresses that are written here; those of variables are checked at each use. */
function checkHosts(
  yaml: YamlFile,
  name: string,
  { url, auth }: ServerFiles[string],
  allowed: readonly string[] | null,
): Mistake[] {
  const written: [path: string[], address: string][] = [
    ...(url === undefined ? [] : ([[['url'], url]] as [string[], string][])),
    ...('tokenUrl' in auth ? ([[['auth', 'tokenUrl'], auth.tokenUrl]] as [string[], string][]) : []),
  ];
  return written.flatMap(([path, address]) => {
    const { hostname } = new URL(address);
    return isAllowedHost(hostname, allowed)
      ? []
      : [
          yaml.mistake(
            ['servers', name, ...path],
            `${hostname} is not among allowedHosts; correct the address, or add the host`,
          ),
        ];
  });
}

function checkTokenScript(
  yaml: YamlFile,
  name: string,
  { auth }: ServerFiles[string],
  scripts: readonly ScriptEntry[],
): Mistake[] {
  if (auth.kind !== 'tokenScript') return [];
  if (scripts.some((script) => script.name === auth.script && script.kind === 'token')) return [];
  return [
    yaml.mistake(
      ['servers', name, 'auth', 'script'],
      `config/scripts.yaml has no script ${auth.script} of kind token`,
    ),
  ];
}

function refuseServer(yaml: YamlFile, name: string, server: ServerFiles[string]): Mistake[] {
  const here = ['servers', name] as const;
  return [
    ...(server.kind === 'servicenow' || server.kind === 'http' || server.kind === 'mail'
      ? []
      : [
          unavailable(
            yaml,
            [...here, 'kind'],
            `servers of kind ${server.kind}`,
            'use servicenow, or http with a description of its records',
          ),
        ]),
  ];
}
