import type { References } from './secret-reference.js';
import { SETTINGS_TABLE } from './settings-table.js';

/** Fits `ScriptReferences` of src/scripts: what `setting:NAME`, `secret:NAME` and `secretValue:NAME` in scripts.yaml stand for. */
export interface ConfiguredReferences {
  setting(name: string): string | undefined;
  secret(name: string): string | undefined;
}

/**
 * setting: a variable that is no secret, or its default. secret: any variable or NAME_FILE; `SECURECHANGE_CREDENTIAL`
 * stands for `user:password` of the SecureChange user, `SECURECHANGE_API_URL` for the address of its REST API with both.
 */
export function createScriptReferences(references: References): ConfiguredReferences {
  const isSecret = (name: string): boolean =>
    SETTINGS_TABLE.some((row) => row.name === name && row.secret) || /PASSWORD|SECRET|TOKEN|_KEY/.test(name);
  return {
    setting: (name) =>
      isSecret(name)
        ? undefined
        : (references.variable(name) ??
          SETTINGS_TABLE.find((row) => row.name === name)?.default ??
          undefined),
    secret: (name) => {
      const user = references.variable('SECURECHANGE_USER');
      const password = references.variable('SECURECHANGE_PASSWORD');
      const url = references.variable('SECURECHANGE_URL');
      switch (name) {
        case 'SECURECHANGE_CREDENTIAL':
          return user === undefined || password === undefined ? undefined : `${user}:${password}`;
        case 'SECURECHANGE_API_URL':
          return user === undefined || password === undefined || url === undefined
            ? undefined
            : apiUrl(url, user, password);
        default:
          return references.variable(name);
      }
    },
  };
}

function apiUrl(base: string, user: string, password: string): string | undefined {
  if (!URL.canParse(base)) return undefined;
  const { protocol, host, pathname } = new URL(base);
  const credential = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `${protocol}//${credential}@${host}${pathname.replace(/\/$/, '')}/securechangeworkflow/api/securechange`;
}
